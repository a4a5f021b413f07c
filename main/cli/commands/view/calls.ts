import { commandLine } from '../../../../shared/values/command-line.ts'
import { callNotes } from '../../../../shared/calls/call-notes.ts'
import type { CallRecord } from '../../../../shared/calls/call.ts'
import type { Notice } from '../../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { formatDuration, formatTokens } from '../../../../shared/values/format.ts'
import { momentOf } from '../../../control/views/moment.ts'
import { findCalls, lastSeq } from '../../../ledger/queries/call-queries.ts'
import { systemClock } from '../../../platform/system/clock.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { clockTime, dollars, paints } from '../../support/output.ts'
import { readLedger } from '../../support/read-ledger.ts'

export interface CallsOptions {
  follow?: boolean
  since?: string
  limit?: string
  json?: boolean
}

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 1_000_000

/** `allowance calls [--follow]`: calls, newest last, one a line; with `--follow` a line for each change of state. */
export async function calls(options: CallsOptions, io: Io): Promise<number> {
  // Whoever does not follow needs no client of the gateway.
  if (options.follow) (await import('../../support/find-gateway.ts')).findGateway(io)
  const limit = limitOf(options)
  const { past, seq, timeZone } = await readLedger(io, ({ database, timeZone: zone, nowMs }) => {
    const sinceMs = options.since === undefined ? undefined : momentOf('since', options.since, zone, nowMs)
    const filter = sinceMs === undefined ? { limit } : { limit, sinceMs }
    return { past: findCalls(database, filter), seq: lastSeq(database), timeZone: zone }
  })
  const print = (record: CallRecord) =>
    io.stdout(options.json ? `${JSON.stringify(record)}\n` : asLine(record, timeZone, io))
  if (past.length === 0 && !options.follow) io.stderr('allowance: no calls yet\n')
  past.forEach(print)
  if (options.follow) {
    const { followFeed } = await import('../../support/follow-feed.ts')
    await followFeed(io, seq, (item) => {
      if (item.type === 'call') print(item.call)
      // A terminal that follows counts as somebody who can answer, so the question has to be shown here too.
      if (item.type === 'notice' && isQuestion(item.notice) && !options.json) io.stderr(askOf(item.notice, io))
    })
  }
  return EXIT.ok
}

function isQuestion({ key }: Notice): boolean {
  return key.startsWith('asked:')
}

function askOf({ body, callId }: Notice, io: Io): string {
  const { dim, yellow } = paints(io)
  return `${yellow(`? ${body}`)}\n${dim(`  ${commandLine()} answer ${callId} once|30m|stop`)}\n`
}

/** Those of a time are all wanted; of no time, the last few. While following, none of the past unless asked for. */
function limitOf({ limit, since, follow }: CallsOptions): number {
  if (limit === undefined) return since === undefined ? (follow ? 0 : DEFAULT_LIMIT) : MAX_LIMIT
  if (!/^\d{1,7}$/.test(limit)) throw new AllowanceError('usage', `"${limit}" is not a number of calls`, '--limit 50')
  return Number(limit)
}

function asLine(record: CallRecord, timeZone: string, io: Io): string {
  const { dim, red, yellow, green } = paints(io)
  const { attribution: who, usage } = record
  const paint = {
    waiting: yellow,
    asked: yellow,
    open: green,
    settled: (text: string) => text,
    released: dim,
    expired: yellow,
    refused: red,
  }[record.state]
  const where = [who.project, who.branch, who.agent].filter((part) => part !== null).join(' · ')
  const cost = record.state === 'open' ? `${dollars(record.heldUsd)} held` : dollars(record.costUsd)
  const tokens = usage
    ? `${formatTokens(record.contextTokens ?? 0)} → ${formatTokens(usage.output)}`
    : formatTokens(record.contextTokens ?? 0)
  const took = record.durationMs === null ? '' : formatDuration(record.durationMs)
  const ending = record.refusal?.code ?? (record.ending === 'complete' ? null : record.ending)
  const notes = [...(ending === null ? [] : [ending]), ...callNotes(record)].join('; ')
  return `${[
    dim(clockTime(record.startedAt, timeZone, systemClock(), true)),
    paint(record.state.padEnd(8)),
    cost.padStart(12),
    tokens.padStart(15),
    took.padStart(8),
    (record.responseModel ?? record.requestModel ?? record.provider).padEnd(26),
    where,
    notes === '' ? '' : yellow(notes),
  ]
    .join('  ')
    .trimEnd()}\n`
}
