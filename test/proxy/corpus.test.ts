import { createHash } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CallRecord } from '../../shared/calls/call.ts'
import { PROVIDERS } from '../../main/core/providers/registry.ts'
import { compareUsage } from '../core/providers/corpus-compare.ts'
import {
  CORPUS,
  corpus,
  corpusExists,
  type Exchange,
  type Expected,
  lowerCased,
  providerOf,
  responseBytes,
} from '../core/providers/corpus-replay.ts'
import { EXCHANGE_HEADER, messageHeaders, startCorpusServer } from '../support/providers/corpus-server.ts'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'

const SEED = Number(process.env['ALLOWANCE_CORPUS_SEED'] ?? 20_261_123)
/** One in so many recordings; 1 replays them all. */
const EVERY = Number(process.env['ALLOWANCE_CORPUS_EVERY'] ?? 1)
const PARALLEL = 24

interface Answer {
  status: number
  callId: string | null
  hash: string
  length: number
  body: Buffer
}

let harness: Harness
let far: Awaited<ReturnType<typeof startCorpusServer>>
let recordings: { exchange: Exchange; expected: Expected }[] = []

beforeAll(async () => {
  if (!corpusExists()) return
  recordings = [...corpus()].filter((_, index) => index % EVERY === 0)
  far = await startCorpusServer(new Map(recordings.map(({ exchange }) => [exchange.id, exchange])), SEED)
  harness = await startHarness({
    settings: {
      upstreams: Object.fromEntries(PROVIDERS.map((provider) => [provider.id, far.url])),
      providers: { gateway: { origin: far.url } },
    },
  })
})
afterAll(async () => {
  await harness?.stop()
  await far?.stop()
})

test.skipIf(!corpusExists())(
  `recorded exchanges pass the gateway byte for byte and are metered exactly (skipped without ${CORPUS})`,
  async () => {
    const answers = await replayAll()
    const calls = new Map(harness.calls(recordings.length + 1).map((call) => [call.id, call]))
    const storedLater = readsOfStoredResponses()
    const faults: string[] = []
    const table = new Map<string, { metered: number; withUsage: number; identical: number; all: number }>()
    for (const { exchange, expected } of recordings) {
      const answer = answers.get(exchange.id)
      const call = calls.get(answer?.callId ?? '') ?? null
      const key = `${expected.provider} ${expected.api}${expected.streaming ? ' stream' : ''}`
      const row = table.get(key) ?? { metered: 0, withUsage: 0, identical: 0, all: 0 }
      table.set(key, row)
      const body = bodyFault(exchange, answer)
      const truth = expected.usage ? expected : (storedLater.get(call?.responseId ?? '') ?? expected)
      const metering = truth.usage === null ? phantomFault(call, truth) : meteringFault(call, truth)
      row.all += 1
      row.identical += body ? 0 : 1
      row.withUsage += expected.usage ? 1 : 0
      row.metered += expected.usage && !metering ? 1 : 0
      for (const fault of [body, metering]) if (fault) faults.push(`${exchange.id}: ${fault}`)
    }
    if (process.env['ALLOWANCE_CORPUS_TABLE']) printTable(table)
    expect(harness.log.filter((line) => line.includes('"error"'))).toEqual([])
    expect(faults).toEqual([])
  },
  240_000,
)

/** What a response that was made in the background came to, by its id: the later read that shows it closes the call. */
function readsOfStoredResponses(): Map<string, Expected> {
  const reads = recordings.filter(({ exchange, expected }) => exchange.method === 'GET' && expected.usage !== null)
  return new Map(
    reads.map(({ exchange, expected }) => [
      String((JSON.parse(exchange.responseBody ?? '{}') as { id?: unknown }).id),
      expected,
    ]),
  )
}

function bodyFault(exchange: Exchange, answer: Answer | undefined): string | null {
  if (!answer) return 'no answer'
  if (answer.status !== exchange.responseStatus)
    return `status ${answer.status} instead of ${exchange.responseStatus}: ${answer.body.toString('utf8', 0, 300)}`
  const bytes = responseBytes(exchange)
  return answer.hash === sha256(bytes) ? null : `${answer.length} bytes instead of ${bytes.length}, or others`
}

function meteringFault(call: CallRecord | null, expected: Expected): string | null {
  // Reading a stored response repeats what was charged when it was made.
  if (call === null) return expected.flags?.includes('retrieval-GET-not-a-new-charge') ? null : 'no call in the ledger'
  if (!call.usage) return `no usage in the ledger (${call.state}, ${call.ending})`
  if (call.usage.source !== 'reported') return 'estimated although reported'
  return compareUsage(call.usage, expected).join(', ') || null
}

/** Where the provider reported nothing, what the ledger says must be our own estimate. A batch is closed by its results. */
function phantomFault(call: CallRecord | null, { usageReason, api }: Expected): string | null {
  if (api === 'batches') return null
  return call?.usage?.source === 'reported'
    ? `usage from nothing (${usageReason}): ${JSON.stringify(call.usage)}`
    : null
}

async function replayAll(): Promise<Map<string, Answer>> {
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })
  const answers = new Map<string, Answer>()
  const waiting = recordings.values()
  const work = async () => {
    for (const { exchange } of waiting) answers.set(exchange.id, await send(exchange, agent))
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  agent.destroy()
  return answers
}

function send(exchange: Exchange, agent: Agent): Promise<Answer> {
  const { pathname, search } = new URL(exchange.url.replaceAll(/[<>]/g, ''))
  const body = requestBytes(exchange)
  const { host: _host, 'sec-fetch-mode': _, ...headers } = messageHeaders(exchange.requestHeaders)
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${harness.url}/${providerOf(exchange).id}${pathname}${search}`,
      {
        method: exchange.method,
        agent,
        headers: {
          'content-type': 'application/json',
          ...headers,
          [EXCHANGE_HEADER]: exchange.id,
          'content-length': body.length,
        },
      },
      async (response) => {
        try {
          const hash = createHash('sha256')
          const chunks: Buffer[] = []
          for await (const chunk of response as AsyncIterable<Buffer>) {
            hash.update(chunk)
            chunks.push(chunk)
          }
          const whole = Buffer.concat(chunks)
          const callId = response.headers['x-allowance-call-id']
          resolve({
            status: response.statusCode ?? 0,
            callId: typeof callId === 'string' ? callId : null,
            hash: hash.digest('hex'),
            length: whole.length,
            body: whole,
          })
        } catch (error) {
          reject(new Error(`${exchange.id} broke`, { cause: error }))
        }
      },
    )
    request.on('error', (error) => reject(new Error(`${exchange.id} failed`, { cause: error })))
    request.end(body)
  })
}

/** The recorded bytes; some recordings kept only the answer, and are asked for with an empty object. */
function requestBytes({ method, requestBody, requestBodyEncoding, requestHeaders }: Exchange): Buffer {
  if (requestBody) return Buffer.from(requestBody, requestBodyEncoding === 'base64' ? 'base64' : 'utf8')
  const isForm = lowerCased(requestHeaders)['content-type']?.startsWith('multipart/') ?? false
  return Buffer.from(method === 'POST' && !isForm ? '{}' : '')
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function printTable(
  table: ReadonlyMap<string, { metered: number; withUsage: number; identical: number; all: number }>,
): void {
  const lines = [...table]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, row]) => `| ${key} | ${row.metered}/${row.withUsage} | ${row.identical}/${row.all} |`)
  console.log(['| provider and API | metered exactly | bodies identical |', '|---|---|---|', ...lines].join('\n'))
}
