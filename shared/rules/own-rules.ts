import { z } from 'zod'
import { actionSchema, scopeSchema } from './policy.ts'

const rulesSchema = z.array(z.record(z.string(), z.unknown()))

/** `own-rules.json` in the home: caps and guards that a developer set for themselves, and what an undo brings back. */
export const ownRulesSchema = z.strictObject({
  schema: z.literal(1),
  /** Counts changes. */
  version: z.number().int().nonnegative(),
  rules: rulesSchema,
  /** The rules before the last change; null when there is nothing to undo. */
  previous: rulesSchema.nullable(),
})
export type OwnRules = z.infer<typeof ownRulesSchema>

export const NO_OWN_RULES: OwnRules = { schema: 1, version: 0, rules: [], previous: null }

/** A cap as a person sets one. */
export const capRequestSchema = z.strictObject({
  /** `5`, `$5`, `5.00`. */
  amountUsd: z.string().max(20),
  per: z.string().max(40).default('day'),
  scope: scopeSchema.optional(),
  /** One such cap for each value of a dimension: `session`. */
  each: z.string().max(80).optional(),
  /** Shares of the cap at which to warn: 0.8 is 80 %. */
  warnAt: z.array(z.number().gt(0).lte(1)).max(10).default([0.8]),
  action: actionSchema.default('deny'),
})
export type CapRequest = z.input<typeof capRequestSchema>

/** Guards that can be switched on without further options; each asks before it stops anything. */
export const SWITCHABLE_GUARDS = ['loop', 'retry-storm'] as const
export type SwitchableGuard = (typeof SWITCHABLE_GUARDS)[number]

/** What a cap means, and what it would have done lately. */
export const capPreviewSchema = z.object({
  schema: z.literal(1),
  rule: z.string(),
  sentence: z.string(),
  past: z.string(),
  replay: z.object({
    days: z.number().int(),
    calls: z.number().int(),
    refused: z.number().int(),
    asked: z.number().int(),
    daysAffected: z.number().int(),
    savedUsd: z.string(),
    firstCallId: z.string().nullable(),
  }),
})
export type CapPreview = z.infer<typeof capPreviewSchema>

/** Caps and guards that the developer set for themselves. */
export const ownRulesAnswerSchema = z.object({
  schema: z.literal(1),
  version: z.number().int(),
  canUndo: z.boolean(),
  rules: z.array(
    z.object({ id: z.string(), guard: z.string(), sentence: z.string(), document: z.record(z.string(), z.unknown()) }),
  ),
})
export type OwnRulesAnswer = z.infer<typeof ownRulesAnswerSchema>
