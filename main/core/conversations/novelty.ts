import type { Said } from '../metering/usage/usage-reader.ts'
import type { Step } from '../policy/decision/facts.ts'
import type { PromptMessage } from '../providers/types/provider.ts'
import type { KeyedHash } from './keyed-hash.ts'
import { RecentMap } from './recent-map.ts'
import { createShingler, newCharacters, type Shingles } from './shingles.ts'
import { WindowSet } from './window-set.ts'

/** Threads that are followed; one that is forgotten starts with all of it new. Their windows take at most 32 MiB together. */
const MAX_THREADS = 1_000
const MAX_BYTES = 32 * 1024 * 1024
/** Steps of one thread that were asked for and not answered yet: branches and retries of one history. */
const MAX_OPEN_STEPS = 32
/** Messages of one thread whose windows are known; one that is forgotten is learned once more. */
const MAX_MESSAGES = 2_000
const MAX_TOOLS = 8
/** The same short answer to calls that nobody saw says nothing. In characters. */
const TELLING_ANSWER = 80
/** What another picture counts, and a call that nobody saw: more than any step needs to be new. In characters. */
const WHOLLY_NEW = 1_000

/** What the model said and called in one turn. */
export interface Spoken {
  tools: readonly string[]
  /** Of its calls, or of its words where it called nothing. */
  shingles: readonly Shingles[]
}

/** What is remembered of one thread. */
interface Thread {
  known: WindowSet
  /** Messages whose windows are known. */
  learned: RecentMap<string, true>
  /** Up to here the history was learned: how many messages, and the fingerprint of the last of them. */
  upTo: { length: number; fingerprint: string }
  open: RecentMap<string, Step>
  /** The answer to the last call, for a client that does not send it back; the first one is new, however short. */
  answer: Spoken | null
  isFirstAnswer: boolean
}

/** A call's place in its thread. */
export interface StepFacts {
  thread: string
  messages: readonly PromptMessage[]
  /** Of each message, in order. */
  fingerprints: readonly string[]
  /** What the model said last, where the client leaves the history to the provider; `unseen` where nobody knows. */
  stored: Spoken | 'unseen' | null
}

export interface Novelty {
  /** What happened since the model spoke last, and how much of it the thread had not had. Null when nothing did. */
  step(facts: StepFacts): { step: Step; key: string } | null
  /** A step was answered: the same again is one more. */
  answered(thread: string, key: string, spoken: Spoken): void
  spokenOf(said: readonly Said[]): Spoken
  /** Where a thread begins: its first question, numbers aside. Empty where nobody asked anything. */
  openingOf(messages: readonly PromptMessage[]): string
}

/**
 * What is new in each step of a thread, measured in characters whose surroundings it has not had before. Bounded; the
 * time for a step follows what is new in it. After a restart the history that the next call carries is learned again.
 */
export function createNovelty(hash: KeyedHash): Novelty {
  const shingle = createShingler(hash)
  const threads = new Map<string, Thread>()
  let bytes = 0

  function threadOf(name: string): Thread {
    const thread: Thread = threads.get(name) ?? {
      known: new WindowSet(),
      learned: new RecentMap(MAX_MESSAGES),
      upTo: { length: 0, fingerprint: '' },
      open: new RecentMap(MAX_OPEN_STEPS),
      answer: null,
      isFirstAnswer: true,
    }
    // The first of a Map is what was set longest ago.
    threads.delete(name)
    threads.set(name, thread)
    return thread
  }

  function spokenOf(said: readonly Said[]): Spoken {
    const calls = said.flatMap(({ toolCalls }) => toolCalls)
    return {
      tools: calls.slice(0, MAX_TOOLS).map(({ name }) => name),
      shingles:
        calls.length > 0
          ? calls.map((call) => shingle(`${call.name} ${call.arguments}`, 'exact'))
          : said.map(({ text }) => shingle(text, 'loose')),
    }
  }

  const cameBack = (news: readonly PromptMessage[]) => news.map(({ text }) => shingle(text, 'loose'))

  function learn(thread: Thread, all: readonly Shingles[]): void {
    const before = thread.known.size
    for (const { windows } of all) for (const window of windows) thread.known.add(window)
    bytes += thread.known.size - before
  }

  /** What came before the step: known, and no news of anybody's. */
  function learnHistory(thread: Thread, { messages, fingerprints }: StepFacts, end: number): void {
    const { upTo } = thread
    const from = upTo.length <= end && fingerprints[upTo.length - 1] === upTo.fingerprint ? upTo.length : 0
    for (let index = from; index < end; index += 1) {
      const message = messages[index]
      const fingerprint = fingerprints[index] ?? ''
      if (!message || isSetUp(message) || thread.learned.get(fingerprint)) continue
      thread.learned.set(fingerprint, true)
      learn(thread, message.role === 'assistant' ? spokenOf([message]).shingles : cameBack([message]))
    }
    thread.upTo = { length: end, fingerprint: fingerprints[end - 1] ?? '' }
  }

  function forgetSome(): void {
    for (const [name, thread] of threads) {
      if (bytes <= MAX_BYTES && threads.size <= MAX_THREADS) return
      bytes -= thread.known.size
      threads.delete(name)
    }
  }

  return {
    spokenOf,
    openingOf(messages) {
      const first = messages.find((message) => !isSetUp(message))
      return first === undefined ? '' : `${first.role}${shingle(first.text, 'loose').mark.toString(36)}`
    },
    answered(name, key, spoken) {
      const thread = threads.get(name)
      thread?.open.delete(key)
      if (thread) thread.answer = spoken
    },
    step(facts) {
      // A prefilled answer at the very end is the client's, not the model's.
      let end = facts.messages.length
      while (isPlainAnswer(facts.messages[end - 1])) end -= 1
      const messages = facts.messages.slice(0, end)
      let from = end
      while (from > 0 && messages[from - 1]?.role !== 'assistant') from -= 1
      const news = messages.slice(from).filter((message) => !isSetUp(message))
      if (news.length === 0) return null
      const key = `${end}.${facts.fingerprints[end - 1] ?? ''}`
      const thread = threadOf(facts.thread)
      const open = thread.open.get(key)
      if (open) return { step: open, key }

      let turn = from
      while (turn > 0 && messages[turn - 1]?.role === 'assistant') turn -= 1
      learnHistory(thread, facts, turn)
      const sent = from > 0 ? spokenOf(messages.slice(turn, from)) : facts.stored
      const answers = news.filter(({ role, toolResult }) => role === 'tool' || toolResult !== null)
      const isAnswer = answers.length > 0
      const isFirst = sent === null && thread.answer !== null && thread.isFirstAnswer
      const spoken = sent === 'unseen' ? null : (sent ?? thread.answer)
      // A question without a history is distinguished by all that stands in it.
      const came = isAnswer ? answers : sent === null ? messages : news
      const isUnseen = isAnswer ? spoken === null && isShort(came) : sent === 'unseen'
      const isPrompt = !isAnswer && sent === null
      const step = measure(thread, spoken, came, { isAnswer, isPrompt, asksAnew: isFirst || isUnseen })
      if (isFirst) thread.isFirstAnswer = false
      thread.open.set(key, step)
      forgetSome()
      return { step, key }
    },
  }

  function measure(
    thread: Thread,
    spoken: Spoken | null,
    news: readonly PromptMessage[],
    { isAnswer, isPrompt, asksAnew }: { isAnswer: boolean; isPrompt: boolean; asksAnew: boolean },
  ): Step {
    const isKnown = (window: number) => thread.known.has(window)
    const count = (all: readonly Shingles[]) => all.reduce((sum, one) => sum + newCharacters(one, isKnown), 0)
    const pictures = news.flatMap(({ media }) => media).map((media) => pictureMark(hash(JSON.stringify(media))))
    const back = cameBack(news)
    const asked = spoken?.shingles ?? []
    const step: Step = {
      tools: spoken?.tools ?? [],
      ask: markOf(asked),
      answer: markOf([...back, ...pictures]),
      newlyAsked: asksAnew ? WHOLLY_NEW : count(asked),
      newlyAnswered: count(back) + WHOLLY_NEW * pictures.filter(({ mark }) => !isKnown(mark)).length,
      isPrompt,
      failed: isAnswer && news.every(({ toolResult }) => toolResult?.isError === true),
      numbers: back.flatMap(({ numbers }) => numbers).slice(0, 32),
    }
    learn(thread, [...asked, ...back, ...pictures])
    return step
  }
}

function isShort(answers: readonly PromptMessage[]): boolean {
  const length = answers.reduce((sum, { text, media }) => sum + text.length + media.length * TELLING_ANSWER, 0)
  return length < TELLING_ANSWER
}

/** As it stands on the call's record: equal for equal steps, and short. */
export function stepMark(step: Step | null): { tools: string[]; mark: string } | null {
  return step && { tools: [...step.tools], mark: `${step.ask}.${step.answer}` }
}

/** Of a picture no text is known: it is the same, or another. */
function pictureMark(fingerprint: string): Shingles {
  let mark = 0
  for (let index = 0; index < fingerprint.length; index += 1) mark = Math.imul(mark ^ fingerprint.charCodeAt(index), 31)
  const window = mark >>> 0 || 1
  return { windows: Uint32Array.of(window), lengths: new Uint16Array(), numbers: [], mark: window }
}

function markOf(all: readonly Shingles[]): string {
  return all.length === 0 ? '' : (all.reduce((sum, { mark }) => Math.imul(sum, 31) + mark, 7) >>> 0).toString(36)
}

function isSetUp({ role }: PromptMessage): boolean {
  return role === 'system' || role === 'tools'
}

function isPlainAnswer(message: PromptMessage | undefined): boolean {
  return message?.role === 'assistant' && message.toolCalls.length === 0
}
