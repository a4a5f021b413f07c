import { z } from 'zod'
import { actionSchema, scopeSchema } from './policy.ts'

/** Rules that developers set for themselves, in one act: what the window and the command line ask for, and what they are told. */

/** A cap on spend. One with the same name, or without a name one of the same kind, is replaced. */
export const capRequestSchema = z.strictObject({
  /** `"5"`, `"5.00"` or 5; with or without a dollar sign. */
  amountUsd: z.union([z.string().max(20), z.number()]),
  /** `hour`, `day`, `week`, `month`, or a duration such as `10 minutes`. */
  per: z.string().max(40).default('day'),
  scope: scopeSchema.optional(),
  /** A cap for each value of a dimension: `session`, `project` … */
  each: z.string().max(100).optional(),
  /** Shares of the limit, above 0 and up to 1, at which a warning is given. */
  warnAt: z.array(z.number().gt(0).lte(1)).max(20).optional(),
  action: actionSchema.optional(),
  /** Made from the rest when it is left out. */
  name: z.string().min(1).max(100).optional(),
})
export type CapRequest = z.input<typeof capRequestSchema>

/** The guards that one switches on and off without options. */
export const SWITCHED_GUARDS = ['loop', 'retry-storm'] as const
export const guardSwitchRequestSchema = z.strictObject({
  guard: z.enum(SWITCHED_GUARDS),
  on: z.boolean(),
  /** `ask` when it is left out. */
  action: actionSchema.optional(),
})
export type GuardSwitchRequest = z.infer<typeof guardSwitchRequestSchema>

/** Where a rule in force came from: set by a person in one act, written into settings.json, or of the company's policy. */
export const ruleOriginSchema = z.enum(['cap', 'settings', 'policy'])
export type RuleOrigin = z.infer<typeof ruleOriginSchema>

export const RULE_ORIGIN_LABELS: Record<RuleOrigin, string> = {
  cap: 'your cap',
  settings: 'settings',
  policy: 'policy',
}

/** What a cap was set to, for a form that changes it. */
export const capOptionsSchema = z.object({
  amountUsd: z.string(),
  per: z.string(),
  scope: scopeSchema,
  each: z.string().nullable(),
  warnAt: z.array(z.number()),
  action: actionSchema,
})
export type CapOptions = z.infer<typeof capOptionsSchema>

/** A rule in force, in a sentence, with where it came from. */
export const ruleViewSchema = z.object({
  /** As refusals and budgets name it. */
  id: z.string(),
  /** As `remove` takes it; null for rules that are not set here. */
  name: z.string().nullable(),
  guard: z.string(),
  sentence: z.string(),
  origin: ruleOriginSchema,
  /** `your cap`, `settings` or `policy`. */
  label: z.string(),
  /** Of spend caps of one's own; null for every other rule. */
  cap: capOptionsSchema.nullable(),
})
export type RuleView = z.infer<typeof ruleViewSchema>

export const guardSwitchSchema = z.object({
  guard: z.enum(SWITCHED_GUARDS),
  /** Whether the switch is on. The guard may be in force all the same, by the policy or the settings. */
  on: z.boolean(),
  action: actionSchema.nullable(),
  /** What it does, or would do when switched on. */
  sentence: z.string(),
  /** Rules of the policy or the settings that have this guard anyway. */
  alsoBy: z.array(ruleOriginSchema),
})
export type GuardSwitch = z.infer<typeof guardSwitchSchema>

/** All rules in force, and what can be done about one's own. */
export const ownRulesViewSchema = z.object({
  schema: z.literal(1),
  /** Grows with each change. */
  version: z.number().int(),
  rules: z.array(ruleViewSchema),
  switches: z.array(guardSwitchSchema),
  /** What `undo` takes back; null when there is nothing. */
  undo: z.object({ sentence: z.string(), at: z.string() }).nullable(),
  /** Why the file of one's own rules is not followed; null while all is well. */
  trouble: z.object({ message: z.string(), fix: z.string() }).nullable(),
  /** Where they are kept. */
  file: z.string(),
})
export type OwnRulesView = z.infer<typeof ownRulesViewSchema>

const groupSchema = z.object({ key: z.string().nullable(), refused: z.number().int(), savedUsd: z.string() })

/** What rules would have done to past calls. */
export const replayTallySchema = z.object({
  /** Calls that were made and would have been refused. */
  refused: z.number().int(),
  /** Calls that were refused at the time, and would be again. */
  refusedAgain: z.number().int(),
  asked: z.number().int(),
  slowed: z.number().int(),
  warned: z.number().int(),
  /** Days, in the time zone of the rules, on which a call would have been refused or asked about. */
  days: z.number().int(),
  /** The first call that would have been refused or asked about. */
  first: z
    .object({ callId: z.string(), at: z.string(), project: z.string().nullable(), model: z.string().nullable() })
    .nullable(),
  /** What the calls that would have been refused did cost. */
  savedUsd: z.string(),
  byProject: z.array(groupSchema),
  byDeveloper: z.array(groupSchema),
})
export type ReplayTally = z.infer<typeof replayTallySchema>

export const replaySchema = z.object({
  since: z.string(),
  until: z.string(),
  /** Calls that were made in that time: answered, or given up after they were sent. */
  calls: z.number().int(),
  total: replayTallySchema,
  rules: z.array(replayTallySchema.extend({ id: z.string(), sentence: z.string() })),
  /** What past calls do not tell, in sentences. */
  limits: z.array(z.string()),
  sentence: z.string(),
})
export type Replay = z.infer<typeof replaySchema>

/** What a change did: one sentence of what holds now, and the version after it. */
export const ownRulesChangeSchema = z.object({
  schema: z.literal(1),
  version: z.number().int(),
  /** As refusals and budgets name it; null when a rule was removed or several changed. */
  rule: z.string().nullable(),
  name: z.string().nullable(),
  sentence: z.string(),
})
export type OwnRulesChange = z.infer<typeof ownRulesChangeSchema>

/** What setting a cap would mean, before it is set. */
export const capPreviewSchema = z.object({
  schema: z.literal(1),
  name: z.string(),
  sentence: z.string(),
  /** The cap of that name that it would replace, in its sentence; null for a new one. */
  replaces: z.string().nullable(),
  replay: replaySchema,
})
export type CapPreview = z.infer<typeof capPreviewSchema>
