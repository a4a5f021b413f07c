import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { Replay, ReplayTally } from '../../../../shared/rules/replay.ts'
import type { Policy } from '../../../../shared/rules/policy.ts'
import { parseDuration } from '../../../../shared/values/time-window.ts'
import { replayCalls } from '../../../control/views/replay-calls.ts'
import type { PolicyChangeLine } from '../../../core/policy/document/policy-diff.ts'
import { localTimeZone } from '../../../platform/system/clock.ts'
import type { Io } from '../../support/command.ts'
import { clockTime, dollars, paints, table } from '../../support/output.ts'
import { progressOn } from '../../support/progress.ts'
import { knownPrices, readLedger } from '../../support/read-ledger.ts'

/** Rules that a document holds, tried on the calls of the ledger. `span`: how far back, such as `30d`. */
export async function replayPolicy(policy: Policy, span: string, io: Io): Promise<Replay> {
  const spanMs = parseDuration(span)
  if (spanMs === null) throw new AllowanceError('usage', `"${span}" is not a duration`, '--replay 30d')
  const { prices } = await knownPrices(io)
  const progress = progressOn(io, `trying it on the calls of ${span}`)
  try {
    return await readLedger(io, ({ database, nowMs }) =>
      replayCalls(database, {
        rules: policy.rules,
        timeZone: policy.timezone === 'local' ? localTimeZone() : policy.timezone,
        sinceMs: nowMs - spanMs,
        untilMs: nowMs,
        prices,
        onProgress: progress.show,
        signal: io.signal,
      }),
    )
  } finally {
    progress.clear()
  }
}

/** What a replay found, for a terminal: the whole in a sentence, then rule by rule, project and developer. */
export function replayText(replay: Replay, io: Io): string {
  const { bold, dim } = paints(io)
  const nowMs = Date.parse(replay.until)
  const groups = (title: string, rows: ReplayTally['byProject']) =>
    table(
      rows.slice(0, MAX_GROUPS),
      [
        { title, text: ({ key }) => key ?? '(unknown)', maxWidth: 40 },
        { title: 'REFUSED', align: 'right', text: ({ refused }) => String(refused) },
        { title: 'SAVED', align: 'right', text: ({ savedUsd }) => dollars(savedUsd) },
      ],
      dim,
    )
  return [
    `\n${bold(replay.sentence)}\n\n`,
    table(
      replay.rules,
      [
        { title: 'RULE', text: ({ id }) => id, maxWidth: 30 },
        { title: 'REFUSED', align: 'right', text: ({ refused }) => shown(refused) },
        { title: 'ASKED', align: 'right', text: ({ asked }) => shown(asked) },
        { title: 'SLOWED', align: 'right', text: ({ slowed }) => shown(slowed) },
        { title: 'WARNED', align: 'right', text: ({ warned }) => shown(warned) },
        { title: 'SAVED', align: 'right', text: ({ refused, savedUsd }) => (refused === 0 ? '' : dollars(savedUsd)) },
        {
          title: 'FIRST',
          text: ({ first }) =>
            first === null
              ? ''
              : [clockTime(first.at, localTimeZone(), nowMs), first.project, first.callId].filter(Boolean).join('  '),
        },
      ],
      dim,
    ),
    replay.total.refused > 0 ? `\n${groups('PROJECT', replay.total.byProject)}` : '',
    replay.total.refused > 0 ? `\n${groups('DEVELOPER', replay.total.byDeveloper)}` : '',
    `\n${replay.limits.map((limit) => dim(`  ${limit}\n`)).join('')}`,
  ].join('')
}

/** What changes between two policies, a line each. */
export function diffText(lines: readonly PolicyChangeLine[], io: Io): string {
  const { green, red, yellow } = paints(io)
  const marks = { added: green('+'), removed: red('−'), changed: yellow('~'), setting: yellow('~') }
  if (lines.length === 0) return 'Both do the same.\n'
  return lines.map(({ kind, sentence }) => `${marks[kind]} ${sentence}\n`).join('')
}

const MAX_GROUPS = 12

function shown(count: number): string {
  return count === 0 ? '' : String(count)
}
