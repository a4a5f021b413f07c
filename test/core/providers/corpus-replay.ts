import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFraming } from '../../../main/core/metering/framing/create-framing.ts'
import type { Reading } from '../../../main/core/metering/usage/usage-reader.ts'
import { openAiCompatible } from '../../../main/core/providers/catalogue/openai-compatible.ts'
import { WATSONX_GENERATE } from '../../../main/core/providers/dialects/others/other-generations.ts'
import { OLLAMA } from '../../../main/core/providers/catalogue/ollama.ts'
import type { Dialect, ModelRequest, Provider, RequestHead } from '../../../main/core/providers/types/provider.ts'
import { providerById, providerForHost } from '../../../main/core/providers/registry.ts'

/** Recorded exchanges of real providers, beside the checkout where somebody put them; see its README. */
export const CORPUS = join(import.meta.dirname ?? '.', '../../../../shared/corpus')

export interface Exchange {
  id: string
  provider: string
  api: string
  streaming: boolean
  method: string
  url: string
  requestHeaders: Record<string, string> | null
  requestBody: string | null
  responseStatus: number
  responseHeaders: Record<string, string> | null
  responseBody: string | null
  bodyEncoding?: string
  requestBodyEncoding?: string
}

export interface Expected {
  id: string
  provider: string
  api: string
  streaming: boolean
  usage: Record<string, number> | null
  usageReason?: string
  complete: boolean
  modelReported: string | null
  flags?: string[]
}

export function corpusExists(): boolean {
  return existsSync(join(CORPUS, 'exchanges.jsonl'))
}

export function* corpus(): Generator<{ exchange: Exchange; expected: Expected }> {
  const expected = new Map(jsonLines<Expected>('expected.jsonl').map((line) => [line.id, line]))
  for (const exchange of jsonLines<Exchange>('exchanges.jsonl')) {
    const answer = expected.get(exchange.id)
    if (answer) yield { exchange, expected: answer }
  }
}

function jsonLines<Line>(file: string): Line[] {
  const text = readFileSync(join(CORPUS, file), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

const GATEWAY = openAiCompatible({ id: 'gateway', origin: 'http://127.0.0.1:1', dialects: [WATSONX_GENERATE] })

/** As the proxy would find it: by host; servers on this machine are asked for by name. */
export function providerOf(exchange: Exchange): Provider {
  const host = new URL(exchange.url.replaceAll(/[<>]/g, '')).hostname
  const byName: Record<string, Provider | null> = {
    ollama: OLLAMA,
    bedrock: providerById('bedrock'),
    'bedrock-mantle': providerById('bedrock'),
    'azure-openai': providerById('azure'),
    vertex: providerById('vertex'),
  }
  return providerForHost(host) ?? byName[exchange.provider] ?? GATEWAY
}

export function headOf(exchange: Exchange): RequestHead {
  const url = new URL(exchange.url.replaceAll(/[<>]/g, ''))
  return {
    method: exchange.method,
    path: url.pathname,
    query: new URLSearchParams(url.search),
    headers: lowerCased(exchange.requestHeaders),
  }
}

export function lowerCased(headers: Record<string, string> | null): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]))
}

export interface Replay {
  provider: Provider
  dialect: Dialect
  request: ModelRequest
  reading: Reading
}

/** One exchange through dialect, framing and reader, its body cut where `random` says. Null where nothing is metered. */
export function replay(exchange: Exchange, random: () => number): Replay | null {
  const provider = providerOf(exchange)
  const head = headOf(exchange)
  const path = provider.normalizePath?.(head.path) ?? head.path
  const dialect = provider.dialects.find((candidate) => candidate.matches({ ...head, path }))
  if (!dialect) return null
  const request = dialect.readRequest({ ...head, path }, parsed(exchange.requestBody) ?? {})
  const reader = dialect.createReader(request)
  const headers = lowerCased(exchange.responseHeaders)
  const framing = createFraming(headers['content-type'])
  const take = (frames: ReturnType<typeof framing.push>) => {
    for (const frame of frames) {
      if (frame.type === 'body') reader.body(frame.value, headers, exchange.responseStatus)
      else reader.event(frame.name, frame.value)
    }
  }
  for (const chunk of cutAtRandom(responseBytes(exchange), random)) take(framing.push(chunk))
  take(framing.finish())
  return { provider, dialect, request, reading: reader.reading() }
}

export function responseBytes({ responseBody, bodyEncoding }: Exchange): Buffer {
  return Buffer.from(responseBody ?? '', bodyEncoding === 'base64' ? 'base64' : 'utf8')
}

export function parsed(text: string | null): unknown {
  try {
    return text ? JSON.parse(text) : null
  } catch {
    return null
  }
}

export function* cutAtRandom(bytes: Buffer, random: () => number): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; ) {
    // Mostly small pieces, sometimes a large one, and now and then a single byte.
    const size = 1 + Math.floor(random() ** 4 * 6000)
    yield new Uint8Array(bytes.subarray(offset, offset + size))
    offset += size
  }
}

/** A small seeded generator (mulberry32): the same cuts in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
