import { z } from 'zod'
import { webhookSchema } from './hooks.ts'

/** What a rule does when its limit is reached. `deny` unless the rule says otherwise. */
export const actionSchema = z.enum(['warn', 'ask', 'throttle', 'deny'])
export type Action = z.infer<typeof actionSchema>

/** `{"environment": ["test","ci"], "model": "gpt-*", "tag:team": "growth"}`: every dimension named must match one of its patterns. */
export const scopeSchema = z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)]))
export type Scope = z.infer<typeof scopeSchema>

/** What every rule has; the rest of its keys are its guard's own options, checked by the guard's schema. */
export interface RuleBase {
  id: string
  guard: string
  scope?: Scope | undefined
  action?: Action | undefined
}

export const failureModeSchema = z.enum(['open', 'closed'])
export type FailureMode = z.infer<typeof failureModeSchema>

const USD_FORM = 'dollars as a decimal string, such as "10.00"'
const decimalUsd = z.string({ error: USD_FORM }).regex(/^\d{1,7}(\.\d{1,9})?$/, USD_FORM)

export const modelPriceSchema = z.strictObject({
  model: z.string().min(1),
  inputUsdPerMillion: decimalUsd,
  outputUsdPerMillion: decimalUsd,
  cacheReadUsdPerMillion: decimalUsd.optional(),
  cacheWriteUsdPerMillion: decimalUsd.optional(),
})
export type ModelPrice = z.infer<typeof modelPriceSchema>

export const tierSchema = z.strictObject({
  when: z.strictObject({ leftBelow: z.number().min(0).max(1).optional(), scope: scopeSchema.optional() }),
  suggest: z.record(z.string(), z.string()),
})
export type Tier = z.infer<typeof tierSchema>

/**
 * Whom spend is charged to inside the company: calls that match get the tags, unless they carry such a tag already. The
 * first mapping that sets a tag wins.
 */
export const unitSchema = z.strictObject({
  scope: scopeSchema,
  tags: z.record(
    z.string().regex(/^[a-z][a-z0-9_.-]{0,62}$/, 'a lower-case name such as "unit" or "cost-center"'),
    z.string().min(1),
  ),
})
export type Unit = z.infer<typeof unitSchema>

/** Any other variable of a developer's environment could be sent anywhere by anybody who can change a policy. */
const exportableVariable = z.string().regex(/^(?:OTEL|OTLP)_\w+$/, {
  error: 'a variable whose name begins with OTEL_ or OTLP_: no other is sent anywhere',
})

/** An OpenTelemetry receiver. */
export const telemetrySchema = z.strictObject({
  /** `https://collector.acme.dev:4318`, OTLP over HTTP; `grpcs://collector.acme.dev:4317`, over gRPC; null exports nothing. */
  otlpUrl: z
    .url({ protocol: /^(http|grpc)s?$/ })
    .nullable()
    .default(null),
  /** Header → the environment variable that has its value: secrets never stand in a document. */
  headersFromEnv: z.record(z.string(), exportableVariable).default({}),
})
export type Telemetry = z.infer<typeof telemetrySchema>

/** The Redis or Valkey server over which rules with `shared` are counted. */
export const sharedServerSchema = z.strictObject({
  url: z
    .url({ protocol: /^rediss?$/, error: 'an address such as "rediss://budgets.acme.dev:6380"' })
    .refine((url) => !/^\w+:\/\/[^/]*@/.test(url), {
      error: 'a policy is no place for a user or a password: each machine has them in ALLOWANCE_SHARED_PASSWORD',
    }),
  prefix: z
    .string()
    .regex(/^[\w:.-]{1,60}$/, 'letters, digits and :.-_')
    .default('allowance:'),
})
export type SharedServer = z.infer<typeof sharedServerSchema>

/** The document without its rules, which the guards' own schemas check one by one (core/policy/parse-policy). */
export const policyHeadSchema = z.strictObject({
  schema: z.literal(1),
  version: z.number().int().nonnegative(),
  org: z.string().optional(),
  audience: z.string().optional(),
  issuedAt: z.iso.datetime({ offset: true }).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
  timezone: z.string().default('local'),
  onUnavailable: z
    .strictObject({
      policy: failureModeSchema.default('open'),
      ledger: failureModeSchema.default('closed'),
      gateway: failureModeSchema.default('open'),
      /** The server of shared budgets: `open` counts on alone, `closed` refuses what the lease leaves no room for. */
      shared: failureModeSchema.default('closed'),
    })
    .default({ policy: 'open', ledger: 'closed', gateway: 'open', shared: 'closed' }),
  tiers: z.array(tierSchema).default([]),
  raise: z.strictObject({ upToUsd: decimalUsd, perDay: z.number().int().positive() }).nullable().default(null),
  hosts: z.array(z.strictObject({ host: z.string().min(1), provider: z.string().min(1) })).default([]),
  prices: z.array(modelPriceSchema).default([]),
  units: z.array(unitSchema).default([]),
  shared: sharedServerSchema.nullable().default(null),
  /** Where this company's gateways export to; it wins over a developer's own setting. */
  telemetry: telemetrySchema.nullable().default(null),
  /** How long gateways keep calls and events; it wins over a developer's own setting. */
  keepDays: z.number().int().positive().nullable().default(null),
  /** Webhooks that every gateway tells; a policy can start no program on a developer's machine. */
  hooks: z.array(webhookSchema).default([]),
  steering: z
    .strictObject({ at: z.array(z.number().gt(0).lt(1)).min(1) })
    .nullable()
    .default(null),
})
export type PolicyHead = z.infer<typeof policyHeadSchema>

/** A policy in force: checked, with rules that their guards understand. */
export interface Policy<Rule extends RuleBase = RuleBase> extends PolicyHead {
  rules: Rule[]
}

/** One thing wrong in a policy or settings document: where, what, and the nearest name that would have been right. */
export interface DocumentError {
  /** `rules[0].limitUSD`; the empty string for the document itself. */
  path: string
  message: string
  suggestion: string | null
}
