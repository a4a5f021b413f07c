import { z } from 'zod'
import { callRecordSchema, callStateSchema, viaSchema } from '../calls/call.ts'
import { SPEND_DIMENSIONS, whySchema } from './contract.ts'

/** Questions and answers of the screens that explore spend: over time, by dimension, down to the calls. */

/** What spend can be split and filtered by, next to `tag:NAME`. */
export const EXPLORE_DIMENSIONS = [...SPEND_DIMENSIONS.filter((name) => name !== 'hour'), 'conversation'] as const
export const exploreDimensionSchema = z
  .string()
  .max(120)
  .refine((name) => name.startsWith('tag:') || (EXPLORE_DIMENSIONS as readonly string[]).includes(name), {
    error: `a dimension is one of ${EXPLORE_DIMENSIONS.join(', ')} or tag:NAME`,
  })

/** Values of a dimension of which a call has to have one; null is what nobody named. Every dimension has to fit. */
export const spendFilterSchema = z.record(exploreDimensionSchema, z.array(z.string().max(300).nullable()).max(50))
export type SpendFilter = z.infer<typeof spendFilterSchema>

export const BUCKETS = ['quarter', 'hour', 'day', 'week', 'month'] as const
export const bucketSchema = z.enum(BUCKETS)
export type Bucket = z.infer<typeof bucketSchema>

/** A stretch of time has at most this many buckets: more bars than that cannot be distinguished. */
export const MAX_BUCKETS = 400

const moment = z.string().max(40)
export const exploreQuestionSchema = z.strictObject({
  by: exploreDimensionSchema,
  since: moment,
  until: moment,
  bucket: bucketSchema,
  filter: spendFilterSchema.optional(),
  /** The start of the period to compare with; it is taken to be as long as what has passed of the one asked for. */
  compareSince: moment.optional(),
})
export type ExploreQuestion = z.infer<typeof exploreQuestionSchema>

export const exploreSumsSchema = z.object({
  calls: z.number().int(),
  refused: z.number().int(),
  costUsd: z.string(),
  ceilingUsd: z.string(),
  subscriptionUsd: z.string(),
  inputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  outputTokens: z.number().int(),
})
export type ExploreSums = z.infer<typeof exploreSumsSchema>

export const exploreRowSchema = exploreSumsSchema.extend({
  /** Null where nobody named one. */
  key: z.string().nullable(),
  /** The program, where no agent was named; null elsewhere. */
  via: z.string().nullable(),
  /** Together with the question's own filter: exactly the calls of this row. */
  filter: spendFilterSchema,
  /** Null where nothing was compared. */
  previousUsd: z.string().nullable(),
  /** Nano-dollars in each bucket; null for rows that are too small for their own colour. */
  bucketNanos: z.array(z.number()).nullable(),
})
export type ExploreRow = z.infer<typeof exploreRowSchema>

export const exploreAnswerSchema = z.object({
  schema: z.literal(1),
  by: z.string(),
  since: z.string(),
  until: z.string(),
  timezone: z.string(),
  bucket: bucketSchema,
  buckets: z.array(z.object({ from: z.string(), until: z.string() })),
  total: exploreSumsSchema,
  /** The period before, up to the same point; null where none was asked for. */
  previous: exploreSumsSchema.nullable(),
  /** From the session files of agents, at list price: beside what was metered, and in none of its sums; null without any. */
  imported: z.object({ calls: z.number().int(), costUsd: z.string() }).nullable(),
  rows: z.array(exploreRowSchema),
  /** Rows beyond the first ones, summed; null where all are there. */
  folded: exploreSumsSchema.extend({ rows: z.number().int() }).nullable(),
  /** Nano-dollars in each bucket of all rows without buckets of their own. */
  restNanos: z.array(z.number()),
})
export type ExploreAnswer = z.infer<typeof exploreAnswerSchema>

/** What today and this month come to when the hours ahead cost what such hours cost in the last days. */
export const spendForecastSchema = z.object({ dayUsd: z.string(), monthUsd: z.string(), basisDays: z.number().int() })
export type SpendForecast = z.infer<typeof spendForecastSchema>

/** The values that occur in a stretch of time, the costliest first: for the filters. */
export const facetsSchema = z.record(
  z.string(),
  z.array(z.object({ value: z.string().nullable(), costUsd: z.string(), calls: z.number().int() })),
)
export type Facets = z.infer<typeof facetsSchema>

export const CALL_SORTS = ['time', 'cost', 'tokens'] as const
export const callListQuestionSchema = z.strictObject({
  since: moment,
  until: moment,
  filter: spendFilterSchema.optional(),
  states: z.array(callStateSchema).max(10).optional(),
  /** Words that all have to occur in what is known of the caller, or a call's id. */
  text: z.string().max(200).optional(),
  sort: z.enum(CALL_SORTS).optional(),
  ascending: z.boolean().optional(),
  offset: z.number().int().nonnegative().max(1_000_000).optional(),
  limit: z.number().int().positive().max(500).optional(),
})
export type CallListQuestion = z.infer<typeof callListQuestionSchema>

export const callListSchema = z.object({
  calls: z.array(callRecordSchema),
  /** True while there are more after these. */
  more: z.boolean(),
  /** Answered and refused, as every report counts them; whatever states were asked for. */
  total: exploreSumsSchema,
})
export type CallList = z.infer<typeof callListSchema>

const workloadSchema = z.object({
  name: z.string(),
  project: z.string().nullable(),
  branch: z.string().nullable(),
  agent: z.string().nullable(),
  filter: spendFilterSchema,
  costUsd: z.string(),
  beforeUsd: z.string(),
  calls: z.number().int(),
})
export type Workload = z.infer<typeof workloadSchema>

export const spikeSchema = z.object({
  schema: z.literal(1),
  since: z.string(),
  until: z.string(),
  timezone: z.string(),
  costUsd: z.string(),
  /** In the stretch of the same length before it. */
  beforeUsd: z.string(),
  calls: z.number().int(),
  refused: z.number().int(),
  /** The largest rise first. */
  workloads: z.array(workloadSchema),
  /** The values of each dimension, the largest rise first. */
  parts: z.record(
    z.string(),
    z.array(
      z.object({
        key: z.string().nullable(),
        via: z.string().nullable(),
        filter: spendFilterSchema,
        costUsd: z.string(),
        beforeUsd: z.string(),
      }),
    ),
  ),
  /** Of the workload that rose most: why, and its costliest calls. */
  why: whySchema,
  topCalls: z.array(callRecordSchema),
  cacheMisses: z.object({ calls: z.number().int(), tokens: z.number().int(), costUsd: z.string() }),
  context: z.object({ firstTokens: z.number().int(), lastTokens: z.number().int() }).nullable(),
  /** Sessions and conversations of that workload: what can be paused. */
  pausable: z.array(z.string()),
})
export type Spike = z.infer<typeof spikeSchema>

export const conversationRowSchema = z.object({
  id: z.string(),
  session: z.string().nullable(),
  project: z.string().nullable(),
  branch: z.string().nullable(),
  agent: z.string().nullable(),
  process: z.string().nullable(),
  model: z.string().nullable(),
  costUsd: z.string(),
  /** Calls that were answered; turns are those of them that carried the conversation on. */
  calls: z.number().int(),
  turns: z.number().int(),
  refused: z.number().int(),
  inputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  contextTokens: z.number().int().nullable(),
  contextWindow: z.number().int().nullable(),
  lastCallAt: z.string(),
})
export type ConversationRow = z.infer<typeof conversationRowSchema>

export const conversationListSchema = z.object({
  since: z.string(),
  until: z.string(),
  conversations: z.array(conversationRowSchema),
  /** Those that cost less than a cent each. */
  small: z.object({ count: z.number().int(), costUsd: z.string() }),
  /** Costlier ones beyond the first few hundred. */
  folded: z.object({ count: z.number().int(), costUsd: z.string() }),
})
export type ConversationList = z.infer<typeof conversationListSchema>

export const conversationDetailSchema = z.object({
  id: z.string(),
  /** Oldest first; of a very long conversation the newest. */
  calls: z.array(callRecordSchema),
  /** Calls before these. */
  earlier: z.number().int(),
})
export type ConversationDetail = z.infer<typeof conversationDetailSchema>

export const projectRowSchema = z.object({
  project: z.string().nullable(),
  todayUsd: z.string(),
  weekUsd: z.string(),
  monthUsd: z.string(),
  calls: z.number().int(),
  refused: z.number().int(),
  /** Nano-dollars a day, oldest first. */
  dayNanos: z.array(z.number()),
  branches: z.array(z.object({ value: z.string(), costUsd: z.string() })),
  agents: z.array(z.string()),
  topModel: z.string().nullable(),
})
export type ProjectRow = z.infer<typeof projectRowSchema>

export const clientRowSchema = z.object({
  name: z.string(),
  /** An agent that told its name, or a program that was found by its socket. */
  isAgent: z.boolean(),
  /** The ways it came in of late; empty where older records do not say. */
  vias: z.array(viaSchema),
  providers: z.array(z.string()),
  projects: z.array(z.string()),
  calls: z.number().int(),
  costUsd: z.string(),
  lastCallId: z.string().nullable(),
  lastCallAt: z.string().nullable(),
  /** The provider itself reported what that call used. */
  isReported: z.boolean(),
})
export type ClientRow = z.infer<typeof clientRowSchema>
