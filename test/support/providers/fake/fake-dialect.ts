import type { IncomingHttpHeaders } from 'node:http'

/** A request as the fake understands it. */
export interface FakeQuestion {
  model: string
  stream: boolean
  maxOutputTokens: number | null
  /** Texts of the prompt in order. */
  texts: string[]
  estimatedInputTokens: number
  wantsUsage: boolean
  headers: IncomingHttpHeaders
  body: Record<string, unknown>
}

export interface FakePlan {
  id: string
  question: FakeQuestion
  visible: number
  hidden: number
  /** A limit of the request stopped it. */
  cut: boolean
  scripted: { text?: string; toolCall?: { name: string; arguments: string } } | null
  input: number
  /** Of the input, what its cache gave and what it took. */
  cached: number
  written: number
  /** The connection breaks when the visible part is made. */
  breaks: boolean
}

export interface FakeDialect {
  makesOutput: boolean
  /** Of a stream; server-sent events when left out. */
  contentType?: string
  matches(path: string): boolean
  read(path: string, body: Record<string, unknown>, headers: IncomingHttpHeaders): FakeQuestion
  plain(plan: FakePlan): unknown
  begin(plan: FakePlan): (string | Uint8Array)[]
  delta(plan: FakePlan, text: string): (string | Uint8Array)[]
  end(plan: FakePlan): (string | Uint8Array)[]
}

/** Split so that joining gives the text back; one word is about one token. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? []
}

export function textOfPlan({ scripted, visible }: FakePlan, filler: (from: number, count: number) => string): string {
  return scripted ? (scripted.text ?? '') : filler(0, visible)
}

/** A count that owes nothing to ours: words, and a few tokens a message. */
export function countTexts(texts: string[]): number {
  return texts.reduce((sum, text) => sum + wordsOf(text).length + 4, 3)
}

/** All texts in a value, in order: how the fake reads a prompt whatever its shape. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  const { text, content, parts } = value as Record<string, unknown>
  return [text, content, parts].flatMap(textsIn)
}

export function event(data: unknown, name?: string): string {
  return `${name ? `event: ${name}\n` : ''}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
}

export function numberOr(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
