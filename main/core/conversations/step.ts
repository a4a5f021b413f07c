import type { Said } from '../metering/usage/usage-reader.ts'
import type { Step } from '../policy/decision/facts.ts'
import type { PromptMessage } from '../providers/types/provider.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { maskAnswer, maskArguments, maskNoise, maskPrompt, numbersIn } from './mask.ts'

/** As much of a message's two ends as is compared; what differs in between is told apart by its length. In characters. */
const COMPARED = 4_000
const MAX_TOOLS = 8
const MAX_FAILURE_LINES = 20
/** The same short answer ("ok") to calls that nobody can see says nothing. In characters. */
const TELLING_ANSWER = 80

const FAILS =
  /\b(?:error|exception|traceback|fail(?:s|ed|ure|ing)?|fatal|panic|denied|cannot|can't|could not|couldn't|unable|not found|no such|invalid|refused|timed? ?out|exit(?:ed with)? (?:code|status):? [1-9]|ENOENT|EACCES|✗|✘)/i
/** Some dialects send a tool's answer as JSON, where an end of a line is written as two letters. */
const NEW_LINE = /\n|\\n/
const EXIT_CODE = /^\W*(?:\w+ ){0,3}exit(?:ed with)? (?:code|status):? \d+\W*$/i
const WAITING_TOOL =
  /sleep|wait|poll|watch|status|progress|is_?(?:done|ready|complete)|check_(?:job|build|deploy|run|task)/i
const WAITING_COMMAND =
  /\bsleep\s+\d|\bwait(?:[-_ ]for)?\b|--watch\b|\btail -|\bjournalctl\b|\b(?:docker|kubectl|compose) logs\b|"(?:wait|delay|sleep)\w*":\d/i
const WAITING_ANSWER =
  /\b(?:pending|queued|in[ _-]?progress|not (?:yet )?(?:ready|done|finished|complete)|processing|provisioning|initiali[sz]ing|scheduled|waiting for|(?:is|still|["':= ]) ?running["',. ]|try again later)\b|progress\W{1,4}\d|\b\d{1,3} ?% (?:done|complete|finished)/i
const MEASURING_COMMAND =
  /\b(?:bench(?:mark)?s?|hyperfine|perf stat|wrk|autocannon|k6|load[-_ ]?test)\b|["';&|] ?time [\w./-]/i
const MEASURING_ANSWER =
  /\d ?[kMGT]?(?:ops|req(?:uest)?s?|quer(?:y|ies)|tok(?:en)?s?|it(?:er(?:ation)?)?s?|rows|frames|calls|msgs?|i?B|bits?) ?(?:\/ ?|per |p)s(?:ec(?:ond)?)?\b|\d ?(?:fps|rps|qps|tps|[kMG]?flops)\b|\bp(?:50|9[0-9])\b|±|\b(?:throughput|std ?dev)\b/i
/** Who asks for more of something repeats himself, and gets on. */
const ASKS_FOR_MORE =
  /\b(?:continue|go on|going|next|more|another|again|proceed|keep|further|rest|remaining|regenerate|new|different|other)\b/i
/** Shorter words are anybody's. In characters. */
const URGING = 12
/** Who waits is told so in a line; a long text holds such a word by accident. In characters. */
const SHORT = 400

/** What the model said and called in one turn, as fingerprints: by the client's history, or as it went by. */
export interface Spoken {
  tools: readonly string[]
  /** Of its calls, with counters and times among the arguments masked; null when there are none. */
  calls: string | null
  waits: boolean
  measures: boolean
  /** Of its last words, numbers masked, and as they are. */
  shape: string
  exact: string
}

/** What the provider keeps of a conversation: its name, and what the model said last as far as anybody saw it. */
export interface StoredInput {
  name: string | null
  spoken: Spoken | null
}

const NOTHING_STORED: StoredInput = { name: null, spoken: null }

/**
 * What happened since the model spoke last, as fingerprints. Null when there are no messages. Where the model's turn is
 * not in the history and nobody remembers it, an unseen answer lies between two prompts.
 */
export function stepOf(
  hash: KeyedHash,
  history: readonly PromptMessage[],
  stored: StoredInput = NOTHING_STORED,
  manner = '',
): Step | null {
  // A prefilled answer at the very end is the client's, not the model's.
  let end = history.length
  while (isPlainAnswer(history[end - 1])) end -= 1
  const messages = history.slice(0, end)
  let from = end
  while (from > 0 && messages[from - 1]?.role !== 'assistant') from -= 1
  const news = messages.slice(from).filter(({ role }) => role !== 'system' && role !== 'tools')
  if (news.length === 0) return null
  const answers = news.filter(({ role, toolResult }) => role === 'tool' || toolResult !== null)
  const spoken = from > 0 ? spokenOf(hash, turnBefore(messages, from)) : stored.spoken
  if (answers.length > 0) return toolStep(hash, spoken, answers)
  return promptStep(hash, spoken, news, stored.name, `${manner}\u0000${roleOf(messages)}`)
}

/** Null when nothing was said. */
export function spokenOf(hash: KeyedHash, turn: readonly Said[]): Spoken | null {
  const last = turn.at(-1)
  if (last === undefined) return null
  const calls = turn.flatMap(({ toolCalls }) => toolCalls)
  return {
    tools: calls.slice(0, MAX_TOOLS).map(({ name }) => name),
    calls:
      calls.length > 0 ? hash(JSON.stringify(calls.map((call) => [call.name, maskArguments(call.arguments)]))) : null,
    waits: calls.some(isWaiting),
    measures: calls.some((call) => call.arguments.length <= SHORT && MEASURING_COMMAND.test(call.arguments)),
    shape: hash(`said\u0000${maskAnswer(ends(last.text))}`),
    exact: hash(`said\u0000${last.text}`),
  }
}

/** What the model is told to be and given to use, without the dates and counts that agents write into it. */
function roleOf(messages: readonly PromptMessage[]): string {
  return messages
    .filter(({ role }) => role === 'system' || role === 'tools')
    .map(({ text }) => maskAnswer(ends(text)))
    .join('\u0000')
}

function isPlainAnswer(message: PromptMessage | undefined): boolean {
  return message?.role === 'assistant' && message.toolCalls.length === 0
}

/** As it stands on the call's record: equal for equal steps, and short. */
export function markOf(step: Step | null): { tools: string[]; mark: string } | null {
  return step && { tools: [...step.tools], mark: `${step.calls?.slice(0, 6) ?? ''}.${step.shape.slice(0, 6)}` }
}

/** Where a thread begins: its first question without counters and times. Empty where nobody asked anything. */
export function openingOf(hash: KeyedHash, messages: readonly PromptMessage[]): string {
  const first = messages.find(({ role }) => role !== 'system' && role !== 'tools')
  return first === undefined ? '' : hash(`opening\u0000${first.role}\u0000${maskPrompt(ends(first.text)).shape}`)
}

/** The model's last turn; some dialects write one message a call. */
function turnBefore(messages: readonly PromptMessage[], end: number): readonly PromptMessage[] {
  let from = end
  while (from > 0 && messages[from - 1]?.role === 'assistant') from -= 1
  return messages.slice(from, end)
}

function toolStep(hash: KeyedHash, spoken: Spoken | null, answers: readonly PromptMessage[]): Step {
  const texts = answers.map(({ text }) => ends(text))
  // Of a picture only its size is known: two of one size may well be the same, two of other sizes are not.
  const media = answers.flatMap((answer) => answer.media)
  const pictures = media.length > 0 ? JSON.stringify(media) : ''
  const joined = texts.join('\u0000')
  const known = spoken !== null && spoken.calls !== null
  // Unseen calls are equal only if their answers are, and say enough to be sure of it.
  const telling = known || joined.length + pictures.length >= TELLING_ANSWER
  const said = telling ? joined : `${joined}\u0000${answers.map(({ toolResult }) => toolResult?.id).join()}`
  const failure = failureOf(hash, answers, texts)
  return {
    tools: spoken?.tools ?? [],
    calls: spoken?.calls ?? null,
    shape: hash(`answers\u0000${telling ? maskAnswer(joined) : said}${pictures}`),
    // That time passes is no news.
    exact: hash(`answers\u0000${maskNoise(said)}${pictures}`),
    numbers: [],
    ...failure,
    waits: failure.failure === null && (spoken?.waits === true || texts.some((text) => saysWait(text))),
    measures:
      failure.failure === null && (spoken?.measures === true || texts.some((text) => MEASURING_ANSWER.test(text))),
    readings: failure.failure === null ? numbersIn(maskNoise(joined)) : [],
    urging: null,
  }
}

function isWaiting({ name, arguments: text }: Said['toolCalls'][number]): boolean {
  return WAITING_TOOL.test(name) || (text.length <= SHORT && WAITING_COMMAND.test(text))
}

function saysWait(text: string): boolean {
  return text.length <= SHORT && WAITING_ANSWER.test(text)
}

function failureOf(
  hash: KeyedHash,
  answers: readonly PromptMessage[],
  texts: readonly string[],
): Pick<Step, 'failure' | 'failureShape'> {
  const none = { failure: null, failureShape: null }
  const lines = new Set<string>()
  for (const [index, text] of texts.entries()) {
    const failing = text.split(NEW_LINE).filter((line) => FAILS.test(line))
    if (failing.length === 0 && !answers[index]?.toolResult?.isError) return none
    for (const line of failing.length > 0 ? failing : [text]) lines.add(maskNoise(line.trim()))
  }
  // An exit code alone is how many a search says that it found nothing.
  if ([...lines].every((line) => EXIT_CODE.test(line))) return none
  const of = (name: string, said: Iterable<string>) =>
    hash(`${name}\u0000${[...said].sort().slice(0, MAX_FAILURE_LINES).join('\n')}`)
  return { failure: of('failure', lines), failureShape: of('failure shape', new Set([...lines].map(maskAnswer))) }
}

/** A question, with what the model said before it: "go on" after another answer is another step. */
function promptStep(
  hash: KeyedHash,
  spoken: Spoken | null,
  news: readonly PromptMessage[],
  storedInput: string | null,
  manner: string,
): Step {
  const text = news
    .map((message) => `${ends(message.text)}${message.media.length > 0 ? JSON.stringify(message.media) : ''}`)
    .join('\u0000')
  const { shape, numbers } = maskPrompt(text)
  const before = spoken?.shape ?? storedInput ?? ''
  const urges = spoken !== null && text.length >= URGING && text.length <= SHORT && !ASKS_FOR_MORE.test(text)
  return {
    tools: [],
    calls: null,
    shape: hash(`prompt\u0000${manner}\u0000${before}\u0000${shape}`),
    exact: hash(`prompt\u0000${manner}\u0000${spoken?.exact ?? ''}\u0000${text}`),
    numbers,
    failure: null,
    failureShape: null,
    waits: false,
    measures: false,
    readings: [],
    urging: urges ? hash(`urging\u0000${manner}\u0000${text}`) : null,
  }
}

function ends(text: string): string {
  return text.length <= 2 * COMPARED
    ? text
    : `${text.slice(0, COMPARED)}\u0000${text.length}\u0000${text.slice(-COMPARED)}`
}
