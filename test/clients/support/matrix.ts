import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CallRecord } from '../../../shared/calls/call.ts'
import type { CallFacts } from '../../../shared/calls/events.ts'
import { settingsSchema } from '../../../shared/rules/settings.ts'
import { findCalls } from '../../../main/ledger/queries/call-queries.ts'
import { createLogger } from '../../../main/platform/system/logger.ts'
import { runGateway } from '../../../main/gateway/run-gateway.ts'
import { FakeProvider } from '../../support/providers/fake-provider.ts'
import { SocketFake } from '../../support/providers/fake/socket-fake.ts'

export const MODES = ['base-url', 'connect'] as const
export type ClientMode = (typeof MODES)[number]

/** One client of the matrix: a program, and how it is started. */
export interface Client {
  name: string
  /** Agents take a prompt and make what they make. */
  command(mode: ClientMode, what: ClientCalls): string[]
  /** What stands in the record as the program. */
  process: RegExp
  env?: Record<string, string>
  /** Writes what it needs into its user's home. */
  prepare?(userHome: string): void
  /** Where a program does not show what the server said: only that it failed. */
  hidesSentence?: boolean
  /** Requests of one refused start; 1 where nothing else is known. */
  refusedRequests?: number
}

/** What a program asks for: one plain call, one stream, or both one after the other. */
export type ClientCalls = 'plain' | 'stream' | 'both'

export interface RunOptions {
  /** A name of its own is made when left out; with null the program names the sessions of its calls itself. */
  session?: string | null
  /** Where the caller says to be; what its ancestors tell when left out. */
  environment?: 'dev' | 'ci'
  /** Client programs that run side by side each need a home of their own. */
  ownHome?: boolean
  limitMs?: number
}

export interface Ran {
  code: number | null
  output: string
  calls: CallRecord[]
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folders = JSON.parse(process.env.ALLOWANCE_TEST_CLIENTS ?? '{}') as Record<string, string | undefined>

/** Where a group of clients was installed; null where it could not be. */
export const installed = (group: 'sdks' | 'agents' | 'python'): string | null => folders[group] ?? null

const KEYS = {
  OPENAI_API_KEY: 'sk-test-openai',
  ANTHROPIC_API_KEY: 'sk-ant-test',
  GEMINI_API_KEY: 'g-test',
}
const PROVIDERS = ['openai', 'anthropic', 'google']
const CLIENT_LIMIT_MS = 90_000

/** A gateway as `serve` runs it, a fake provider behind it, and a repository to call from. */
export class Matrix {
  readonly fake = new FakeProvider({
    outputTokens: () => 12,
    latencyMs: () => 5,
    inputTokens: () => 321,
    cachedTokens: () => 21,
    say: ({ body }) => (wantsJson(body) ? { text: '{"reasoning": "short", "model_choice": "flash"}' } : null),
  })
  readonly sockets = new SocketFake()
  readonly folder = mkdtempSync(path.join(tmpdir(), 'allowance-clients-'))
  readonly repository = path.join(this.folder, 'shop')
  readonly home = path.join(this.folder, 'home')
  readonly userHome = path.join(this.folder, 'user')
  #gateway: Awaited<ReturnType<typeof runGateway>> | null = null
  #runs = 0
  #asked = { http: 0, sockets: 0 }

  async start(rules: unknown[] = []): Promise<void> {
    for (const folder of [this.repository, this.home, this.userHome]) mkdirSync(folder)
    writeFileSync(path.join(this.repository, 'package.json'), JSON.stringify({ name: 'shop-web' }))
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', ...args], {
        cwd: this.repository,
        stdio: 'ignore',
      })
    git('init', '-b', 'feat/matrix')
    git('commit', '--allow-empty', '-m', 'first')
    const origin = await this.fake.start()
    this.fake.onUpgrade((request, socket, head) => this.sockets.accept(request, socket, head))
    const policy = path.join(this.home, 'policy.json')
    writeFileSync(policy, JSON.stringify({ schema: 1, version: 1, timezone: 'UTC', rules }))
    const settings = settingsSchema.parse({
      port: 0,
      controlPort: 0,
      developer: 'ada@acme.dev',
      upstreams: Object.fromEntries(PROVIDERS.map((id) => [id, origin])),
      policy: { url: policy },
    })
    const logger = createLogger({ write: () => {}, clock: () => Date.now() })
    this.#gateway = await runGateway({
      settings,
      home: this.home,
      version: 'test',
      env: {},
      logger,
      tokenWorkerPath: null,
    })
  }

  /** Runs a client as a developer does: `allowance run -- …` in the repository. */
  async run(client: Client, mode: ClientMode, what: ClientCalls, options: RunOptions = {}): Promise<Ran> {
    // What an attempt before this one left behind is not this one's bill.
    this.billed()
    this.#runs += 1
    const session = options.session === undefined ? `run-${this.#runs}` : options.session
    const userHome = options.ownHome ? path.join(this.userHome, `home-${this.#runs}`) : this.userHome
    mkdirSync(userHome, { recursive: true })
    client.prepare?.(userHome)
    const args = [
      path.join(root, 'out/cli.cjs'),
      'run',
      '--mode',
      mode,
      ...(session === null ? [] : ['--session', session]),
      ...(options.environment ? ['--env', options.environment] : []),
      '--',
      ...client.command(mode, what),
    ]
    const env = {
      PATH: process.env.PATH,
      HOME: userHome,
      ALLOWANCE_HOME: this.home,
      NO_COLOR: '1',
      TERM: 'dumb',
      ...KEYS,
      ...client.env,
    }
    const child = spawn(process.execPath, args, {
      cwd: this.repository,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.limitMs ?? CLIENT_LIMIT_MS,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
    return { code, output, calls: session === null ? [] : this.callsOf(session) }
  }

  callsOf(session: string): CallRecord[] {
    const calls = findCalls(this.#books.ledger.store.database, { limit: 1_000 })
    return calls.filter((call) => call.attribution.session === session)
  }

  killSwitch(on: boolean): void {
    this.#books.traffic.killSwitch(on)
  }

  /** Somebody looks on, and answers each question like this. Returns the function that says they left. */
  answer(how: (call: CallFacts, answer: (as: 'once' | '30m' | 'stop') => void) => void): () => void {
    const { questions } = this.#running.view
    if (!questions) throw new Error('no questions are asked here')
    const leave = questions.attach()
    const unfollow = this.#books.ledger.subscribe(({ event }) => {
      if (event.type !== 'call.asked') return
      const { callId, call } = event
      // The question is open when the event's own turn is over.
      setImmediate(() => how(call, (as) => questions.answer(callId, as)))
    })
    return () => {
      unfollow()
      leave()
    }
  }

  /** What the far end would bill since this was last asked, by whichever way it was called: input, cached, output. */
  billed(): [number, number, number][] {
    const { http, sockets } = this.#asked
    this.#asked = { http: this.fake.records.length, sockets: this.sockets.billed.length }
    return [
      ...this.fake.records
        .slice(http)
        .map((one): [number, number, number] => [one.inputTokens, one.cachedTokens, one.outputTokens]),
      ...this.sockets.billed
        .slice(sockets)
        .map((one): [number, number, number] => [one.inputTokens, 0, one.outputTokens]),
    ]
  }

  /** Resolves when no call is open any more: a client may be gone before its books are closed. */
  async settled(): Promise<void> {
    const { balances, ledger } = this.#books
    if (balances.openHolds === 0) return
    await new Promise<void>((resolve) => {
      const stop = ledger.subscribe(() => {
        setImmediate(() => {
          if (balances.openHolds > 0) return
          stop()
          resolve()
        })
      })
    })
  }

  get #running() {
    if (!this.#gateway) throw new Error('not started')
    return this.#gateway
  }

  get #books() {
    return this.#running.view.books
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop('test over')
    await this.fake.stop()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** An agent that lets a model choose the model asks again for minutes when it gets prose. */
function wantsJson(body: Record<string, unknown>): boolean {
  return JSON.stringify(body['generationConfig'] ?? null).includes('application/json')
}
