/**
 * Text without what changes from one turn to the next although nothing changed: times, ids, counters. Two texts that
 * are equal after masking say the same. Only ever fingerprinted, never kept.
 */

const UUID = /\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/gi
const DATE = /\b\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?/g
const CLOCK = /\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AP]M)?\b/gi
const SPAN = /\b\d+(?:[.,]\d+)?\s?(?:ns|µs|us|ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/gi
/** Hashes, addresses, and numbers too long to count anything. */
const IDENTIFIER = /\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{7,}\b/gi
/** `req_011CSHoEeqs5C35K2UUqR7Fy` */
const TOKEN = /\b[a-z]{2,8}_(?=\w*\d)[A-Za-z0-9]{10,}\b/g

/** `nonce: kd83jx`, and words that only dice make: letters and digits in turns. */
const NONCE =
  /\b(nonce|trace|chunk|correlation|request|run|seed|token)((?:[_ -]?id)?["']?\s?[:=#]\s?["']?)(?=[\w-]*\d)[\w-]{4,}/gi
const MIXED = /\b(?=[a-z]*\d+[a-z]+\d|[a-z]+\d+[a-z]+\d)[a-z0-9]{6,}\b/gi

/** Times and ids alone. */
export function maskTimes(text: string): string {
  return text
    .replace(UUID, '@')
    .replace(DATE, '@')
    .replace(CLOCK, '@')
    .replace(TOKEN, '@')
    .replace(NONCE, '$1$2@')
    .replace(MIXED, '@')
    .replace(SPAN, '@')
    .replace(IDENTIFIER, '@')
}

/** Numbers that a machine writes beside what it has to say: `pid 4242`, `"duration_ms": 12`, `elapsed 1.5`. */
const NOISE =
  /\b(p?pid|port|thread|worker|process|seed|elapsed|duration|took|latency|uptime|rss|heap\w*|memory|cpu)((?:[_ -]?(?:ms|s|secs?|seconds|ns|us|id|bytes|[kmg]b))?["']?\s?[:=#]?\s?["']?)\d[\d.,]*(?![\w-])/gi

/** What an answer says, without times, ids and what a machine counts for itself. */
export function maskNoise(text: string): string {
  return maskTimes(text).replace(NOISE, '$1$2@')
}

/** The numbers in a text, in order: at most as many as are compared. */
export function numbersIn(text: string): number[] {
  const numbers = text.match(/-?\d+(?:[.,]\d+)*/g) ?? []
  return numbers.slice(0, MAX_NUMBERS).map((digits) => Number(digits.replaceAll(',', '')))
}

/** Whatever a program calls its own folder there. */
const TEMPORARY = /(\/(?:tmp|var\/folders\/\w+\/\w+\/T)\/)[\w.+-]+/g

/** What a tool answered: every number may be noise (a port, a seed, a duration). */
export function maskAnswer(text: string): string {
  return maskTimes(text.replace(TEMPORARY, '$1@')).replace(/\d+(?:[.,]\d+)*/g, '#')
}

/** Numbers that name a piece of work: item 17 is another question than item 18. */
const PIECE =
  /\b(?:items?|parts?|chunks?|sections?|pages?|chapters?|files?|rows?|records?|batch(?:es)?|doc(?:ument)?s?|questions?|cases?|issues?|tickets?|orders?|users?|customers?|ids?|invoices?|lines?|tests?|modules?|components?|slides?|lessons?|exercises?|pr|commits?|tasks?|stor(?:y|ies)|epics?|scenes?|paragraphs?|articles?|posts?|shards?|splits?|segments?|frames?|images?|videos?|entr(?:y|ies)|index|transactions?|accounts?|versions?|weeks?|days?|years?|problems?|samples?|examples?|products?|sentences?|functions?|phases?|levels?|rooms?|routes?|emails?|messages?|reviews?|patients?|events?|personas?|profiles?|characters?|variants?|candidates?|students?|players?|employees?)[\s:=#_.([-]*(?:no\.?|number|nr\.?)?[\s:=#_.([-]*$/i
const NUMBER = /(?<![\w./-])-?\d+(?:\.\d+)?(?:\/\d+)?(?![\w/-]|\.\w)/g
/** `attempt-3`, `try_3`, `iteration3`: these only ever count. */
const COUNTER =
  /\b(attempt|try|retry|retries|iteration|iter|round|cycle|loop|tick|pass|heartbeat|counter|remaining)([\s:=#_.-]*)(\d+)\b/gi
const MAX_NUMBERS = 32

/** A prompt without its counters, and these in order: two can be compared for whether they only counted on. */
export function maskPrompt(text: string): { shape: string; numbers: number[] } {
  const numbers: number[] = []
  const count = (digits: string) => {
    for (const number of digits.split('/')) if (numbers.length < MAX_NUMBERS) numbers.push(Number(number))
    return '#'
  }
  const shape = maskTimes(text)
    .replace(COUNTER, (_, name: string, between: string, digits: string) => `${name}${between}${count(digits)}`)
    .replace(NUMBER, (digits, at: number, whole: string) =>
      PIECE.test(whole.slice(Math.max(0, at - 24), at)) ? digits : count(digits),
    )
  return { shape, numbers }
}

const COUNTER_ARGUMENT =
  /"(attempts?|tr(?:y|ies)|retr\w*|iterations?|timestamp|ts|time|now|nonce|(?:request|run|trace|call)_?id|seq|sequence|count(?:er)?|tick|turn|round)":(?:"[^"]*"|-?[\d.]+)/gi

/** A day that is asked about is no time stamp. */
const DAY = /"\d{4}-\d{2}-\d{2}"/g

/** Short arguments are compared without regard to case, quotes and order of their words. In characters. */
const REWORDED = 200

/** A tool's arguments (canonical JSON) without counters and times that an agent adds to the same call. */
export function maskArguments(text: string): string {
  const days = text.match(DAY)?.join() ?? ''
  const masked = maskTimes(text.replace(COUNTER_ARGUMENT, '"$1":@')) + days
  if (masked.length > REWORDED) return masked
  const words = masked.toLowerCase().match(/[^\s"'`+,?!]+/g) ?? []
  return words
    .filter((word) => !/^(?:the|an?)$/.test(word))
    .sort()
    .join(' ')
}
