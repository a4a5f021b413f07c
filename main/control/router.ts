import { commandLine } from '../../shared/values/command-line.ts'
import { tracked } from '@trpc/server'
import { z } from 'zod'
import { spendDimensionSchema } from '../../shared/contract/contract.ts'
import { AllowanceError } from '../../shared/contract/errors.ts'
import { capRequestSchema, SWITCHABLE_GUARDS } from '../../shared/rules/own-rules.ts'
import { IMPORT_VARIABLES } from '../../shared/contract/import.ts'
import { parseUsd } from '../../shared/values/money.ts'
import { RULE_ORIGIN_LABELS } from '../../shared/rules/replay.ts'
import { originOf } from '../core/policy/document/rules-in-force.ts'
import { guardNamed } from '../core/policy/guards/registry.ts'
import { describeTier } from '../core/policy/decision/tier-verdict.ts'
import { eventsOf, findCall, findCalls } from '../ledger/queries/call-queries.ts'
import { exploreProcedures } from './explore/explore-procedures.ts'
import { followLedger } from './views/feed.ts'
import type { GatewayView } from './views/gateway-view.ts'
import { guardAnswer } from './actions/guard.ts'
import { checkScope } from './actions/known-scope.ts'
import { recentNotices } from './views/notices.ts'
import { policyStatusOf } from './views/policy-status.ts'
import {
  keeperOf,
  ownRulesOf,
  placeOf,
  previewCap,
  removeRule,
  setCap,
  switchGuard,
  undoRules,
} from './actions/own-rules.ts'
import { importHistory, removeImported } from './actions/import-history.ts'
import { raiseBudget, raiseGrant } from './actions/raise.ts'
import { momentOf } from './views/moment.ts'
import { spendBy, spendSeries, spendSuggestions } from './views/spend.ts'
import { setupOf } from './views/setup.ts'
import { buildStatus } from './views/status.ts'
import { procedure, router } from './server/trpc.ts'
import { explainSpend } from './views/why.ts'

const MAX_CALLS = 1_000
const settingKey = z.string().min(1).max(100)
const seq = z.number().int().nonnegative()
const session = z.strictObject({ session: z.string().min(1).max(200).optional() }).optional()
const span = { since: z.string().max(40).optional(), until: z.string().max(40).optional() }

/** The contract, answered: each procedure names its input and hands on to the file that knows the answer. */
export const appRouter = router({
  ...exploreProcedures,

  status: procedure.query(({ ctx }) => buildStatus(ctx.view)),

  calls: procedure
    .input(
      z
        .strictObject({
          limit: z.number().int().positive().max(MAX_CALLS).optional(),
          before: seq.optional(),
          since: span.since,
        })
        .optional(),
    )
    .query(({ ctx: { view }, input: { limit = 100, before, since } = {} }) =>
      findCalls(databaseOf(view), {
        limit,
        ...(before === undefined ? {} : { beforeSeq: before }),
        ...(since === undefined ? {} : { sinceMs: momentOf('since', since, zoneOf(view), view.clock()) }),
      }),
    ),

  /** Not `call`: that is a word of tRPC's own. */
  callLife: procedure.input(z.strictObject({ id: z.string().max(100) })).query(({ ctx: { view }, input: { id } }) => {
    const record = findCall(databaseOf(view), id)
    if (!record) throw new AllowanceError('not-found', `no call ${id}`, commandLine('calls'))
    const events = eventsOf(databaseOf(view), id).map((entry) => {
      const { type, ...body } = entry.event
      return { seq: entry.seq, at: new Date(entry.atMs).toISOString(), type, body: body as Record<string, unknown> }
    })
    return { record, events }
  }),

  spend: procedure
    .input(z.strictObject({ by: spendDimensionSchema, ...span, whatIf: z.string().min(1).max(200).optional() }))
    .query(({ ctx: { view }, input }) => spendBy(databaseOf(view), input, zoneOf(view), view.clock(), view.prices())),

  suggestions: procedure
    .input(z.strictObject(span).optional())
    .query(({ ctx: { view }, input = {} }) =>
      spendSuggestions(
        databaseOf(view),
        input,
        zoneOf(view),
        view.clock(),
        view.prices(),
        view.books.inForce.tiers ?? [],
      ),
    ),

  series: procedure
    .input(z.strictObject(span).optional())
    .query(({ ctx: { view }, input = {} }) => spendSeries(databaseOf(view), input, zoneOf(view), view.clock())),

  /** A call, a moment of the chart, or the steepest rise of spend, traced to its workload. */
  why: procedure
    .input(
      z.strictObject({ callId: z.string().max(100).optional(), at: z.string().max(40).optional(), ...span }).optional(),
    )
    .query(({ ctx: { view }, input = {} }) =>
      explainSpend(databaseOf(view), input, zoneOf(view), view.clock(), view.books.inForce.rules),
    ),

  notices: procedure.query(({ ctx: { view } }) => recentNotices(databaseOf(view), view.clock())),

  policy: procedure.query(({ ctx: { view } }) => {
    const { inForce } = view.books
    return {
      status: policyStatusOf(view),
      rules: inForce.rules.map((rule) => {
        const origin = originOf(inForce, rule.id)
        return {
          id: rule.id,
          guard: rule.guard,
          sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
          source: origin === 'policy' ? ('policy' as const) : ('own' as const),
          /** A cap can be changed here; rules of `settings.json` are changed there. */
          origin,
          label: RULE_ORIGIN_LABELS[origin],
          isCap: origin === 'cap',
        }
      }),
      tiers: (inForce.tiers ?? []).map(describeTier),
      raise: raiseGrant(view),
    }
  }),

  guard: procedure
    .input(
      z.strictObject({ minLeftUsd: z.string().max(20), scope: z.record(z.string(), z.string().max(200)).optional() }),
    )
    .query(({ ctx: { view }, input }) => {
      const minLeft = parseUsd(input.minLeftUsd)
      if (minLeft === null)
        throw new AllowanceError('usage', `"${input.minLeftUsd}" is not an amount`, '--min-left 2.00')
      return guardAnswer(view, minLeft, input.scope ?? {})
    }),

  /** Each item is tracked by its seq: a client that lost its connection resumes after the last one it saw. */
  feed: procedure
    .input(
      z
        .object({
          afterSeq: seq.optional(),
          /** A window or a terminal, with somebody at it who can answer a question. */
          canAnswer: z.boolean().optional(),
          lastEventId: z
            .string()
            .regex(/^\d{1,15}$/)
            .nullish(),
        })
        .optional(),
    )
    .subscription(async function* ({ ctx: { view }, input, signal }) {
      const afterSeq = input?.lastEventId ? Number(input.lastEventId) : (input?.afterSeq ?? null)
      const leave = input?.canAnswer ? view.questions?.attach() : undefined
      try {
        for await (const item of followLedger(view.books.ledger, afterSeq, signal ?? new AbortController().signal)) {
          yield tracked(String(item.seq), item)
        }
      } finally {
        leave?.()
      }
    }),

  refreshPolicy: procedure.mutation(async ({ ctx: { view } }) => {
    const outcome = await view.policySource.refresh()
    return { outcome, status: policyStatusOf(view) }
  }),

  /** The developer agrees to hosts that a remote policy names: from now on they are decrypted. */
  trustHosts: procedure
    .input(z.strictObject({ hosts: z.array(z.string().min(1).max(300)).min(1).max(100) }))
    .mutation(async ({ ctx: { view }, input: { hosts } }) => {
      const trusted = (await view.policyHosts?.trust(hosts)) ?? []
      return { trusted, pending: view.policyHosts?.pending() ?? [] }
    }),

  prices: procedure.query(({ ctx: { view } }) => priceSourceOf(view).status()),
  refreshPrices: procedure.mutation(async ({ ctx: { view } }) => {
    const source = priceSourceOf(view)
    return source.status(await source.refresh())
  }),

  raise: procedure
    .input(
      z.strictObject({
        amountUsd: z.string().max(20),
        reason: z.string().trim().min(1).max(500),
        rule: z.string().max(100).optional(),
        for: z.string().max(40).optional(),
      }),
    )
    .mutation(({ ctx, input }) => raiseBudget(ctx.view, input)),

  /** Caps and guards that the developer set for themselves: they only ever add to the policy. */
  ownRules: procedure.query(({ ctx: { view } }) => ownRulesOf(keeperOf(view))),
  previewCap: procedure.input(capRequestSchema).query(({ ctx: { view }, input }) => previewCap(placeOf(view), input)),
  setCap: procedure
    .input(capRequestSchema)
    .mutation(({ ctx: { view }, input }) => setCap(keeperOf(view), placeOf(view), input)),
  switchGuard: procedure
    .input(z.strictObject({ guard: z.enum(SWITCHABLE_GUARDS), on: z.boolean() }))
    .mutation(({ ctx: { view }, input }) => switchGuard(keeperOf(view), input.guard, input.on)),
  removeRule: procedure
    .input(z.strictObject({ id: z.string().min(1).max(100) }))
    .mutation(({ ctx: { view }, input }) => removeRule(keeperOf(view), input.id)),
  undoRules: procedure.mutation(({ ctx: { view } }) => undoRules(keeperOf(view))),

  setup: procedure.query(({ ctx: { view } }) => setupOf(view.env)),

  settings: procedure.query(({ ctx: { view } }) => settingsOf(view).view()),
  /** Written to `settings.json`; counts from the next start. Null as `value` is a value; a setting is taken out by `unsetSetting`. */
  setSetting: procedure
    .input(z.strictObject({ key: settingKey, value: z.json() }))
    .mutation(({ ctx: { view }, input: { key, value } }) => {
      settingsOf(view).set(key, value)
      return settingsOf(view).view()
    }),
  unsetSetting: procedure.input(z.strictObject({ key: settingKey })).mutation(({ ctx: { view }, input: { key } }) => {
    settingsOf(view).unset(key)
    return settingsOf(view).view()
  }),

  /** Reads the session files of agents; the folders of a terminal may be others than the gateway's own. */
  importHistory: procedure
    .input(
      z.strictObject({ env: z.partialRecord(z.enum(IMPORT_VARIABLES), z.string().max(4_000)).optional() }).optional(),
    )
    .mutation(({ ctx: { view }, input }) =>
      importHistory(
        { database: databaseOf(view), prices: view.prices(), env: { ...view.env, ...input?.env } },
        { dryRun: false },
      ),
    ),
  removeImported: procedure.mutation(({ ctx: { view } }) => removeImported(databaseOf(view))),

  answer: procedure
    .input(z.strictObject({ callId: z.string().max(100), answer: z.enum(['once', '30m', 'stop']) }))
    .mutation(({ ctx: { view }, input }) => {
      if (view.questions?.answer(input.callId, input.answer)) return { ok: true as const }
      throw new AllowanceError('not-found', `call ${input.callId} is not waiting for an answer`, commandLine('status'))
    }),

  pause: procedure.input(session).mutation(({ ctx: { view }, input }) => {
    const name = input?.session ?? null
    const traffic = trafficOf(view)
    if (name !== null) checkScope(databaseOf(view), name, view.clock())
    traffic.pause(name)
  }),
  resume: procedure.input(session).mutation(({ ctx: { view }, input }) => {
    const name = input?.session ?? null
    const traffic = trafficOf(view)
    if (name !== null) checkScope(databaseOf(view), name, view.clock())
    traffic.resume(name)
  }),
  killSwitch: procedure
    .input(z.strictObject({ on: z.boolean() }))
    .mutation(({ ctx, input }) => trafficOf(ctx.view).killSwitch(input.on)),

  /** A link that signs a browser tab in, once and within minutes. */
  pageUrl: procedure.mutation(({ ctx }) => ({ url: ctx.pageUrl() })),
})

export type AppRouter = typeof appRouter

function databaseOf(view: GatewayView) {
  return view.books.ledger.store.database
}

function zoneOf(view: GatewayView): string {
  return view.books.inForce.timeZone
}

function settingsOf(view: GatewayView) {
  if (view.settingsKeeper) return view.settingsKeeper
  throw new AllowanceError('not-allowed', 'this gateway has no settings file', null)
}

function trafficOf(view: GatewayView) {
  if (view.traffic) return view.traffic
  throw new AllowanceError('not-allowed', 'this gateway cannot pause traffic', 'stop the gateway instead')
}

function priceSourceOf(view: GatewayView) {
  if (view.priceSource) return view.priceSource
  throw new AllowanceError('not-allowed', 'this gateway has no prices of its own', null)
}
