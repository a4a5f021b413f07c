import { appendFileSync, renameSync, statSync } from 'node:fs'
import type { Clock } from './clock.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Record<string, unknown>

/** Writes what happened, for debugging. Never a body, never a header, never a key. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** At this size the log file is put aside as `.1` and begun again: at most twice this much lies on the disk. */
const MAX_LOG_BYTES = 4 * 1024 * 1024

/** A value is cut here: a message of an upstream can be a page of HTML. */
const MAX_VALUE_CHARS = 500

/** One JSON object a line. `write` gets the line with its newline. */
export function createLogger(options: { write(line: string): void; clock: Clock; level?: LogLevel }): Logger {
  const least = LEVELS.indexOf(options.level ?? 'info')
  const log =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(level) < least) return
      const at = new Date(options.clock()).toISOString()
      options.write(`${JSON.stringify({ at, level, message: redact(message), ...clean(fields) })}\n`)
    }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

/** Lines to a file that is kept small. A disk that takes no line is not a reason to fail a call. */
export function fileWriter(file: string): (line: string) => void {
  let bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return (line) => {
    try {
      if (bytes + line.length > MAX_LOG_BYTES) {
        renameSync(file, `${file}.1`)
        bytes = 0
      }
      appendFileSync(file, line, { mode: 0o600 })
      bytes += Buffer.byteLength(line)
    } catch {
      bytes = 0
    }
  }
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

const SECRET_NAME = /^(authorization|cookie|headers?|body|token|.*(api-?key|secret|password))$/i

function clean(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, SECRET_NAME.test(name) ? '[left out]' : cleanValue(value)]),
  )
}

function cleanValue(value: unknown): unknown {
  if (value instanceof Error) return redact(value.stack ?? value.message)
  if (typeof value === 'string') return redact(value)
  if (Array.isArray(value)) return value.slice(0, 20).map(cleanValue)
  if (value !== null && typeof value === 'object') return clean(value as LogFields)
  return value
}

/** What looks like a credential is taken out of free text: keys of providers, bearer tokens, user names in URLs. */
const CREDENTIALS: readonly [RegExp, string][] = [
  [/\b(?:sk|pk|rk|gsk|xai|hf|key|AIza)[-_]?[A-Za-z0-9_-]{16,}/g, '[key]'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi, '$1 [key]'],
  [/\/\/[^/\s@]+@/g, '//[user]@'],
  [/([?&](?:key|token|code|api[-_]?key)=)[^&\s]+/gi, '$1[key]'],
]

export function redact(text: string): string {
  const redacted = CREDENTIALS.reduce((rest, [pattern, stand]) => rest.replace(pattern, stand), text)
  return redacted.length > MAX_VALUE_CHARS ? `${redacted.slice(0, MAX_VALUE_CHARS)}…` : redacted
}
