import { contextTokens, type Usage } from '../../../../shared/calls/usage.ts'
import { type JsonObject, mergeReports, textOf } from '../framing/lenient-json.ts'
import { roughTokens } from '../tokens/rough-tokens.ts'
import type { Reading, Said } from './usage-reader.ts'

/** The most of the output that is kept for an estimate: 1 Mi characters, some 300,000 tokens, more than any model writes. */
const MAX_OUTPUT_TEXT_CHARS = 1024 * 1024
/** The most names of called tools that are kept; more in one answer is a runaway that other guards see. */
const MAX_TOOL_CALLS = 256

/** Messages and calls of one answer that are remembered for the next call, and the longest of them in characters. */
const MAX_SAID = 64
const MAX_SAID_CHARS = 64 * 1024

/** How a dialect's merged usage report becomes usage, and what else it tells; null when it reports nothing. */
export interface UsageReport {
  usage: Usage | null
  providerCostNanos?: number | null
  toolUses?: Readonly<Record<string, number>>
}

/** What a dialect's reader has seen so far. The reader writes it, the relay reads `reading`. */
export class ObservedResponse {
  /** One object for the whole response, brought up to date in place: it is looked at after every chunk. */
  readonly reading: Reading = {
    usage: null,
    responseModel: null,
    responseId: null,
    providerCostNanos: null,
    serviceTier: null,
    toolUses: {},
    roughOutputTokens: 0,
    outputText: '',
    done: false,
    failed: false,
    finishReason: null,
    toolCalls: [],
    said: [],
    pending: false,
  }
  #report: JsonObject = {}
  /** Uses of tools that were seen in the answer, and those that its usage reports: the report knows them all. */
  readonly #seenToolUses: Record<string, number> = {}
  #reportedToolUses: Readonly<Record<string, number>> = {}
  readonly #interpret: (report: JsonObject) => UsageReport

  constructor(interpret: (report: JsonObject) => UsageReport) {
    this.#interpret = interpret
  }

  /** Reports are cumulative in every dialect: the last value of each key wins, nothing is summed. */
  report(raw: JsonObject): void {
    this.#report = mergeReports(this.#report, raw)
    const { usage, providerCostNanos, toolUses } = this.#interpret(this.#report)
    const before = this.reading.usage
    if (usage) this.reading.usage = before ? keepUntold(before, usage, this.#interpret(raw).usage) : usage
    if (providerCostNanos !== null && providerCostNanos !== undefined)
      this.reading.providerCostNanos = providerCostNanos
    if (!toolUses) return
    this.#reportedToolUses = { ...this.#reportedToolUses, ...toolUses }
    this.reading.toolUses = { ...this.#seenToolUses, ...this.#reportedToolUses }
  }

  /** Output as it passes by: text, tool arguments, visible thinking. */
  output(value: unknown): void {
    const text = textOf(value)
    if (!text) return
    this.reading.roughOutputTokens += roughTokens(text)
    const room = MAX_OUTPUT_TEXT_CHARS - this.reading.outputText.length
    if (room > 0) this.reading.outputText += text.length > room ? text.slice(0, room) : text
  }

  identify(id: unknown, model: unknown): void {
    this.reading.responseId ??= textOf(id) || null
    const name = textOf(model)
    if (name) this.reading.responseModel = name
  }

  tier(value: unknown): void {
    const name = textOf(value)
    if (name) this.reading.serviceTier = name
  }

  toolCall(name: unknown): void {
    const text = textOf(name)
    if (!text) return
    if (this.reading.toolCalls.length < MAX_TOOL_CALLS) this.reading.toolCalls.push(text)
    this.output(text)
  }

  /** One message, or one call of a tool, when it is whole. */
  say(said: Said): void {
    if (this.reading.said.length >= MAX_SAID) return
    this.reading.said.push({
      text: said.text.slice(0, MAX_SAID_CHARS),
      toolCalls: said.toolCalls.map((call) => ({
        name: call.name,
        arguments: call.arguments.slice(0, MAX_SAID_CHARS),
      })),
    })
  }

  /** One more use of a tool that is charged by piece. */
  addToolUse(name: string): void {
    this.setToolUse(name, (this.#seenToolUses[name] ?? 0) + 1)
  }

  setToolUse(name: string, count: number): void {
    this.#seenToolUses[name] = count
    this.reading.toolUses = { ...this.#seenToolUses, ...this.#reportedToolUses }
  }

  finish(reason: unknown): void {
    const text = textOf(reason)
    if (text) this.reading.finishReason = text
  }

  done(): void {
    this.reading.done = true
  }

  fail(): void {
    this.reading.failed = true
  }
}

/**
 * What was used stays used: a later report whose input, or whose output, is nothing was not filled in on that side, and
 * what was known of it stands. Within a side the later report wins, since counts move between its buckets.
 */
function keepUntold(before: Usage, merged: Usage, told: Usage | null): Usage {
  const input = told && contextTokens(told) > 0 ? merged : before
  const output = told && told.output > 0 ? merged : before
  return {
    ...input,
    output: output.output,
    reasoning: output.reasoning,
    audioOutput: output.audioOutput,
    imageOutput: output.imageOutput,
  }
}
