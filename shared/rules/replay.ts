import { z } from 'zod'

/** Where a rule in force came from: set by a person in one act, written into settings.json, or of the company's policy. */
export const ruleOriginSchema = z.enum(['cap', 'settings', 'policy'])
export type RuleOrigin = z.infer<typeof ruleOriginSchema>

export const RULE_ORIGIN_LABELS: Record<RuleOrigin, string> = {
  cap: 'your cap',
  settings: 'settings',
  policy: 'policy',
}

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
