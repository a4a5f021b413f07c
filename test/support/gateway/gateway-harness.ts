import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { z } from 'zod'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { createGateway, type Gateway } from '../../../main/gateway/create-gateway.ts'
import { findCalls } from '../../../main/ledger/queries/call-queries.ts'
import type { Appended } from '../../../main/ledger/store/ledger.ts'
import { createLogger } from '../../../main/platform/system/logger.ts'
import { type FakeBehaviour, FakeProvider } from '../providers/fake-provider.ts'

export interface HarnessOptions {
  behaviour?: Partial<FakeBehaviour>
  settings?: z.input<typeof settingsSchema>
  /** Rules of a policy, or a whole document. */
  rules?: unknown[]
  policy?: Record<string, unknown>
  home?: string
  env?: Record<string, string | undefined>
  /** What time the gateway believes it is. */
  clock?: () => number
  /** How long running calls may take to finish when the gateway stops. */
  stopGraceMs?: number
}

/** A gateway over a real ledger in a home of its own, in front of a fake provider. */
export interface Harness {
  fake: FakeProvider
  gateway: Gateway
  url: string
  home: string
  log: string[]
  /** Calls, newest last. */
  calls(limit?: number): CallRecord[]
  /** Resolves with the first call event that fits, past or to come. */
  waitFor(fits: (record: CallRecord) => boolean): Promise<CallRecord>
  stop(): Promise<void>
}

const ALL_PROVIDERS = [
  'openai',
  'anthropic',
  'google',
  'groq',
  'mistral',
  'openrouter',
  'deepseek',
  'xai',
  'together',
  'ollama',
  'bedrock',
]

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const fake = new FakeProvider(options.behaviour)
  const origin = await fake.start()
  const home = options.home ?? mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  const policyFile = path.join(home, 'policy.json')
  const document =
    options.policy ?? (options.rules ? { schema: 1, version: 1, timezone: 'UTC', rules: options.rules } : null)
  if (document) writeFileSync(policyFile, JSON.stringify(document))
  const log: string[] = []
  const settings = settingsSchema.parse({
    port: 0,
    developer: 'ada@acme.dev',
    upstreams: Object.fromEntries(ALL_PROVIDERS.map((id) => [id, origin])),
    ...(document ? { policy: { url: policyFile } } : {}),
    ...options.settings,
  })
  const gateway = await createGateway({
    settings,
    home,
    version: 'test',
    env: options.env ?? {},
    ...(options.clock ? { clock: options.clock } : {}),
    logger: createLogger({ write: (line) => log.push(line), clock: () => Date.now() }),
    tokenWorkerPath: null,
    ...(options.stopGraceMs === undefined ? {} : { stopGraceMs: options.stopGraceMs }),
  })
  const url = await gateway.start()
  const { ledger } = gateway.books
  return {
    fake,
    gateway,
    url,
    home,
    log,
    calls: (limit = 10_000) => findCalls(ledger.store.database, { limit }),
    waitFor: (fits) =>
      new Promise((resolve) => {
        const found = findCalls(ledger.store.database, { limit: 10_000 }).find(fits)
        if (found) return resolve(found)
        const stop = ledger.subscribe(({ record }: Appended) => {
          if (!record || !fits(record)) return
          stop()
          resolve(record)
        })
      }),
    async stop() {
      await gateway.stop('test over')
      await fake.stop()
      if (!options.home) rmSync(home, { recursive: true, force: true })
    },
  }
}
