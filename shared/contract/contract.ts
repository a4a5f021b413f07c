import { z } from 'zod'
import { attributionSchema } from '../calls/attribution.ts'
import { callRecordSchema } from '../calls/call.ts'
import { usageSchema } from '../calls/usage.ts'
import { planStatusSchema } from './plan-status.ts'
import { hookStatusSchema } from './hook-status.ts'

/** Shapes of the answers that scripts and screens see (contract section 5). What does not apply is null, not absent. */

export const budgetStatusSchema = z.object({
  rule: z.string(),
  guard: z.string(),
  unit: z.enum(['usd', 'tokens', 'calls']),
  key: z.string().nullable(),
  scope: z.record(z.string(), z.unknown()),
  limit: z.string(),
  raised: z.string(),
  spent: z.string(),
  held: z.string(),
  left: z.string(),
  windowStart: z.string(),
  resetsAt: z.string().nullable(),
  /** The rule's warn marks as parts of the limit, for a gauge; absent when the rule has none. */
  warnAt: z.array(z.number()).optional(),
  /** Of a budget that is counted over machines: `spent` includes theirs. Absent for every other. */
  shared: z
    .object({
      machines: z.number().int(),
      spentElsewhere: z.string(),
      /** Why it is not counted together, as half a sentence; null while it is. */
      trouble: z.string().nullable(),
      /** `shared with 2 other machines, $0.40 of it spent there`. */
      sentence: z.string(),
    })
    .optional(),
})
export type BudgetStatus = z.infer<typeof budgetStatusSchema>

export const conversationStatusSchema = z.object({
  id: z.string(),
  attribution: attributionSchema,
  model: z.string().nullable(),
  turns: z.number().int(),
  contextTokens: z.number().int(),
  contextWindow: z.number().int().nullable(),
  contextLimit: z.number().int().nullable(),
  costUsd: z.string(),
  nextTurnUsd: z.object({ cached: z.string(), uncached: z.string() }).nullable(),
  lastCallAt: z.string(),
})
export type ConversationStatus = z.infer<typeof conversationStatusSchema>

export const policyStatusSchema = z.object({
  source: z.string().nullable(),
  version: z.number().int().nullable(),
  state: z.enum(['in-force', 'last-known-good', 'expired', 'none']),
  fetchedAt: z.string().nullable(),
  expiresAt: z.string().nullable(),
  lastError: z.object({ code: z.string(), message: z.string(), at: z.string() }).nullable(),
  /** Hosts of a remote policy that wait for the developer's consent; absent when there are none. */
  pendingHosts: z.array(z.object({ host: z.string(), provider: z.string() })).optional(),
})
export type PolicyStatus = z.infer<typeof policyStatusSchema>

/** Since when a cap refuses calls, and which work used it up most. */
export const capReachedSchema = z.object({
  at: z.string(),
  refused: z.number().int(),
  top: z.object({ project: z.string().nullable(), agent: z.string().nullable(), costUsd: z.string() }).nullable(),
})
export type CapReached = z.infer<typeof capReachedSchema>

export const statusSchema = z.object({
  schema: z.literal(1),
  at: z.string(),
  state: z.enum(['ok', 'paused', 'killed', 'degraded']),
  sentence: z.string(),
  timezone: z.string(),
  developer: z.object({ id: z.string(), source: z.enum(['enrolment', 'git', 'os']) }),
  /** The tightest spend budget of today; without one `limitUsd` and `leftUsd` are null and `spentUsd` is today's total. */
  spend: z.object({
    rule: z.string().nullable(),
    spentUsd: z.string(),
    heldUsd: z.string(),
    limitUsd: z.string().nullable(),
    raisedUsd: z.string(),
    leftUsd: z.string().nullable(),
    resetsAt: z.string(),
    burnUsdPerHour: z.string(),
    /** At this pace, before the window ends; null when it is not, and when nothing is left now. */
    capReachedAt: z.string().nullable(),
    /** The cap has no room for another ordinary call; absent while it has, and where an older gateway answers. */
    reached: capReachedSchema.optional(),
  }),
  budgets: z.array(budgetStatusSchema),
  conversations: z.array(conversationStatusSchema),
  asks: z.array(z.object({ callId: z.string(), question: z.string(), expiresAt: z.string() })),
  policy: policyStatusSchema,
  gateway: z.object({
    proxy: z.string(),
    control: z.string(),
    pid: z.number().int(),
    uptimeSeconds: z.number(),
    version: z.string(),
    /** How a terminal of this machine runs the command line: what printed commands begin with. */
    command: z.string(),
  }),
  unapproved: z.array(
    z.object({
      host: z.string(),
      calls: z.number().int(),
      lastProcess: z.string().nullable(),
      lastAt: z.string(),
      /** Of tunnels that are over. */
      bytes: z.number().int().optional(),
      why: z.enum(['not-approved', 'not-spoken', 'looks-like-model']).optional(),
      processes: z.array(z.object({ process: z.string().nullable(), calls: z.number().int() })).optional(),
    }),
  ),
  gaps: z.array(z.object({ from: z.string(), until: z.string(), reason: z.string() })),
  /** Hooks that do not get through; absent when all do. */
  hooks: z.array(hookStatusSchema).optional(),
  /** Windows of signed-in plans that run now, as their providers last said; absent where none did. */
  plans: z.array(planStatusSchema).optional(),
})
export type Status = z.infer<typeof statusSchema>

export const SPEND_DIMENSIONS = [
  'developer',
  'project',
  'branch',
  'session',
  'agent',
  'process',
  'model',
  'provider',
  'environment',
  'kind',
  'key',
  'hour',
  'day',
  'week',
  'month',
] as const
/** A dimension of spend: one of the list, or `tag:NAME`. */
export const spendDimensionSchema = z.union([z.enum(SPEND_DIMENSIONS), z.templateLiteral(['tag:', z.string()])])
export type SpendDimension = z.infer<typeof spendDimensionSchema>

/** Periods that spend can be split by, in the time zone of the rules. */
export const SPEND_PERIODS = ['hour', 'day', 'week', 'month'] as const
export type SpendPeriod = (typeof SPEND_PERIODS)[number]

export function isSpendPeriod(by: string): by is SpendPeriod {
  return (SPEND_PERIODS as readonly string[]).includes(by)
}

const spendSumsSchema = z.object({
  /** Calls that were sent: answered, or given up after that. Refused ones stand beside, never in here. */
  calls: z.number().int(),
  refused: z.number().int(),
  costUsd: z.string(),
  /** The part of the cost that was charged at a ceiling, because the model's price is unknown. */
  ceilingUsd: z.string(),
  /** List price of calls on signed-in plans: no money, so it is in no other sum. */
  subscriptionUsd: z.string().optional(),
  /** What the same tokens would have cost on the model that was asked about; null where its price is not known. */
  whatIfUsd: z.string().nullable().optional(),
  usage: usageSchema,
  /** History from the session files of agents, at list price: in none of the sums above. Absent where there is none. */
  imported: z.object({ calls: z.number().int(), costUsd: z.string(), usage: usageSchema }).optional(),
})

export const spendReportSchema = z.object({
  schema: z.literal(1),
  by: z.string(),
  since: z.string(),
  until: z.string(),
  timezone: z.string(),
  total: spendSumsSchema,
  /** `models`, of a period: those that were called in it, the costliest first. */
  rows: z.array(spendSumsSchema.extend({ key: z.string().nullable(), models: z.array(z.string()).optional() })),
})
export type SpendReport = z.infer<typeof spendReportSchema>

export const guardAnswerSchema = z.object({
  schema: z.literal(1),
  ok: z.boolean(),
  leftUsd: z.string().nullable(),
  rule: z.string().nullable(),
  resetsAt: z.string().nullable(),
})
export type GuardAnswer = z.infer<typeof guardAnswerSchema>

export const policyCheckSchema = z.object({
  schema: z.literal(1),
  ok: z.boolean(),
  errors: z.array(z.object({ path: z.string(), message: z.string(), suggestion: z.string().nullable() })),
  rules: z.array(z.object({ id: z.string(), sentence: z.string() })),
})
export type PolicyCheck = z.infer<typeof policyCheckSchema>

export const CAUSES = ['loop', 'cache-miss', 'context-growth', 'fan-out', 'volume', 'dear-model', 'refused'] as const

/** A call, or a rise of spend, traced to its workload. Cause and attribution are null where nothing was spent. */
export const whySchema = z.object({
  schema: z.literal(1),
  sentence: z.string(),
  costUsd: z.string(),
  from: z.string(),
  until: z.string(),
  attribution: attributionSchema.nullable(),
  cause: z.enum(CAUSES).nullable(),
  evidence: z.record(z.string(), z.unknown()),
  calls: z.array(z.string()),
})
export type Why = z.infer<typeof whySchema>

/** What a developer should be told once: shown in the notification centre, and by the desktop's notifications. */
export const noticeSchema = z.object({
  seq: z.number().int(),
  at: z.string(),
  level: z.enum(['info', 'warn', 'stop']),
  title: z.string(),
  body: z.string(),
  callId: z.string().nullable(),
  /** Notices with the same key in the same window are shown once. */
  key: z.string(),
  /** A cap's matter, for which more may be granted; absent for everything else. */
  about: z.enum(['cap']).optional(),
})
export type Notice = z.infer<typeof noticeSchema>

/**
 * One step of the feed: a call as it now stands, a notice, or news that the status changed. `seq` is the ledger's,
 * so that a subscriber that lost its connection resumes after the last one it saw.
 */
export const feedItemSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), seq: z.number().int(), call: callRecordSchema }),
  z.object({ type: z.literal('notice'), seq: z.number().int(), notice: noticeSchema }),
  z.object({
    type: z.literal('changed'),
    seq: z.number().int(),
    what: z.enum(['policy', 'traffic', 'budget', 'gateway']),
  }),
])
export type FeedItem = z.infer<typeof feedItemSchema>

/** Spend over time for the chart: today's cost in equal steps. */
export const spendSeriesSchema = z.object({
  stepMs: z.number().int(),
  points: z.array(z.object({ at: z.string(), costUsd: z.string() })),
})
export type SpendSeries = z.infer<typeof spendSeriesSchema>

/** Where a gateway of this user can be reached: `runtime.json` in the home, readable by the user alone. */
export const runtimeFileSchema = z.object({
  pid: z.number().int(),
  version: z.string(),
  proxy: z.string(),
  control: z.string(),
  token: z.string(),
  proxyToken: z.string(),
  home: z.string(),
  /** The proxy behind the gateway, by name and port; absent in what older versions wrote. */
  outerProxy: z.string().nullable().optional(),
  startedAt: z.string(),
})
export type RuntimeFile = z.infer<typeof runtimeFileSchema>

/** Which list prices hold, and how the last attempt to get newer ones went. */
export const priceSourceStatusSchema = z.object({
  version: z.string(),
  /** True while they are those that came with the product. */
  bundled: z.boolean(),
  url: z.string().nullable(),
  fetchedAt: z.string().nullable(),
  lastError: z.object({ code: z.enum(['rejected', 'unreachable']), message: z.string(), at: z.string() }).nullable(),
  /** Of a refresh that was just asked for; `none`: no URL is set. */
  outcome: z.enum(['changed', 'unchanged', 'rejected', 'unreachable', 'none']).nullable(),
})
export type PriceSourceStatus = z.infer<typeof priceSourceStatusSchema>

/** A kind of work that the same tokens on another model would have cost less. */
export const modelSuggestionSchema = z.object({
  kind: z.string(),
  provider: z.string(),
  model: z.string(),
  suggested: z.string(),
  /** Who names it: the policy's tiers, or the vendor's own next cheaper model. */
  source: z.enum(['policy', 'vendor']),
  calls: z.number().int(),
  usage: usageSchema,
  costUsd: z.string(),
  suggestedUsd: z.string(),
  savedUsd: z.string(),
  sentence: z.string(),
})
export type ModelSuggestion = z.infer<typeof modelSuggestionSchema>
