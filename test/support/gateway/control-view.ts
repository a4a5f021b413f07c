import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { NO_ATTRIBUTION } from '../../../shared/calls/attribution.ts'
import type { Billing } from '../../../shared/calls/call.ts'
import type { CallFacts } from '../../../shared/calls/events.ts'
import { parseUsd } from '../../../shared/values/money.ts'
import type { Refusal } from '../../../shared/calls/verdict.ts'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { NO_USAGE, type Usage } from '../../../shared/calls/usage.ts'
import type { GatewayView } from '../../../main/control/views/gateway-view.ts'
import { createRecentCalls } from '../../../main/core/ledger/calls/recent-calls.ts'
import { rulesInForce } from '../../../main/core/policy/document/rules-in-force.ts'
import { dimensionsOf } from '../../../main/core/policy/document/scope.ts'
import { plainRefusal } from '../../../main/core/policy/decision/make-refusal.ts'
import { createPriceBook } from '../../../main/core/pricing/price-book.ts'
import { Books } from '../../../main/ledger/books/books.ts'
import { Ledger } from '../../../main/ledger/store/ledger.ts'
import { SqliteStore } from '../../../main/ledger/store/sqlite-store.ts'
import { newCallId } from '../../../main/platform/system/ids.ts'
import { silentLogger } from '../../../main/platform/system/logger.ts'
import { OwnRulesFile } from '../../../main/policy-source/own-rules-file.ts'
import { ownRulesEvent } from '../../../main/core/policy/document/own-caps.ts'
import { PolicySource } from '../../../main/policy-source/policy-source.ts'

const testPrices = createPriceBook({ policyPrices: [], settingsPrices: [] })

/** A gateway's books over a real ledger, without the proxy: calls are put into it as the proxy would. */
export interface TestView extends GatewayView {
  /** The clock: set it. */
  nowMs: number
  home: string
  admit(changes?: CallChanges, holdUsd?: string): string
  settle(callId: string, costUsd: string, usage?: Partial<Usage>): void
  /** An admitted and settled call. */
  spend(costUsd: string, changes?: CallChanges): string
  refuse(changes?: CallChanges, refusal?: Partial<Refusal>): string
  close(): void
}

export interface CallChanges {
  project?: string
  session?: string
  environment?: 'dev' | 'test' | 'ci'
  model?: string
  billing?: Billing
  tags?: Record<string, string>
}

export interface TestViewOptions {
  /** A policy document; none when left out. */
  policy?: Record<string, unknown>
  settings?: Record<string, unknown>
  home?: string
  at?: string
}

export async function createTestView(options: TestViewOptions = {}): Promise<TestView> {
  const ownHome = options.home === undefined
  const home = options.home ?? mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  const state = { nowMs: Date.parse(options.at ?? '2026-11-23T12:07:00Z') }
  const clock = () => state.nowMs
  const settings = settingsSchema.parse(options.settings ?? {})
  const policyFile = path.join(home, 'policy.json')
  if (options.policy) {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(policyFile, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', ...options.policy }))
  }
  const policySource = await PolicySource.open({
    url: options.policy ? policyFile : null,
    developer: 'ada@acme.dev',
    audience: null,
    keys: [],
    refreshMs: 3_600_000,
    onFirstFetch: 'open',
    lastKnownGoodFile: path.join(home, 'last-policy.json'),
    proxyFor: () => null,
    ca: null,
    clock,
    logger: silentLogger,
  })
  await policySource.refresh()
  const books = new Books(
    new Ledger(new SqliteStore(path.join(home, 'ledger.sqlite')), clock),
    createRecentCalls(),
    clock,
  )
  const { policy, status } = policySource.current()
  if (status.lastError) throw new Error(status.lastError.message)
  const ownRules = new OwnRulesFile(path.join(home, 'own-rules.json'))
  const useRules = () => books.setRules(rulesInForce(policy, settings, 'UTC', ownRules.rules))
  useRules()

  const facts = (changes: CallChanges): CallFacts => ({
    callId: newCallId(Date.now()),
    startedAtMs: state.nowMs,
    provider: 'openai',
    api: 'chat.completions',
    requestModel: changes.model ?? 'gpt-5-mini',
    stream: true,
    kind: 'prompt',
    billing: changes.billing ?? 'metered',
    attribution: {
      ...NO_ATTRIBUTION,
      developer: 'ada@acme.dev',
      project: changes.project ?? null,
      session: changes.session ?? null,
      environment: changes.environment ?? 'dev',
      tags: changes.tags ?? {},
    },
    conversation: null,
    attempt: 1,
    contextTokens: 1_000,
    contextWindow: 400_000,
    priced: 'exact',
    priceVersion: 'test',
  })

  const view: Omit<TestView, 'nowMs'> = {
    books,
    policySource,
    settings,
    home,
    version: '0.0.0',
    env: {},
    startedAtMs: state.nowMs,
    developer: { id: 'ada@acme.dev', source: 'enrolment' },
    clock,
    logger: silentLogger,
    proxyUrl: () => 'http://127.0.0.1:4141',
    controlUrl: () => 'http://127.0.0.1:4142',
    conversations: () => [],
    unapproved: () => [],
    policyHosts: null,
    prices: () => testPrices,
    priceSource: null,
    metricsText: async () => '',
    hookStatus: () => [],
    settingsKeeper: null,
    ownRules: {
      get current() {
        return ownRules.current
      },
      keep(next) {
        const before = ownRules.current
        ownRules.keep(next)
        useRules()
        books.ledger.record(ownRulesEvent(before, next))
      },
    },
    traffic: null,
    questions: null,
    admit(changes = {}, holdUsd = '0.010') {
      const call = facts(changes)
      const holdNanos = parseUsd(holdUsd) ?? 0
      const quote = {
        inputTokens: 1_000,
        inputNanos: 1_000,
        expectedOutputTokens: 10,
        worstOutputTokens: 100,
        outputNanosPerMillion: 1_000,
      }
      books.ledger.append({
        type: 'call.admitted',
        callId: call.callId,
        call,
        quote,
        holdNanos,
        holdTokens: 1_100,
        clampedTo: null,
        verdicts: [],
      })
      books.balances.openHold(call.callId, dimensionsOf(call), state.nowMs, holdNanos, 1_100)
      return call.callId
    },
    settle(callId, costUsd, usage = {}) {
      books.settle(
        callId,
        {
          usage: { ...NO_USAGE, uncachedInput: 1_000, output: 10, ...usage },
          costNanos: parseUsd(costUsd) ?? 0,
          priced: 'exact',
          priceVersion: 'test',
          responseModel: 'gpt-5-mini-2025-08-07',
          responseId: null,
          httpStatus: 200,
          ending: 'complete',
          firstByteMs: 5,
        },
        1_010,
      )
      // Listeners hear of it when it is in the file.
      books.ledger.flush()
    },
    spend(costUsd, changes = {}) {
      const callId = view.admit(changes)
      view.settle(callId, costUsd)
      return callId
    },
    refuse(changes = {}, refusal = {}) {
      const call = facts(changes)
      const refused = { ...plainRefusal('cap-reached', 'no room. Rule "daily".'), rule: 'daily', ...refusal }
      books.ledger.append({ type: 'call.refused', callId: call.callId, call, refusal: refused, verdicts: [] })
      return call.callId
    },
    close() {
      policySource.close()
      books.ledger.close()
      if (ownHome) rmSync(home, { recursive: true, force: true })
    },
  }
  return Object.defineProperty(view, 'nowMs', {
    get: () => state.nowMs,
    set: (atMs: number) => {
      state.nowMs = atMs
    },
  }) as TestView
}

/** One daily cap of ten dollars. */
export const DAILY = { id: 'daily', guard: 'spend-cap', limitUsd: '10.00', per: 'day', warnAt: [0.5, 0.8] }
