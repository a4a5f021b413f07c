import { commandLine } from '../../../shared/command-line.ts'
import { AllowanceError } from '../../../shared/errors.ts'
import { formatReset } from '../../../shared/format.ts'
import { parseUsd } from '../../../shared/money.ts'
import { guardSwitchRequestSchema, SWITCHED_GUARDS } from '../../../shared/own-rules.ts'
import { actionSchema } from '../../../shared/policy.ts'
import { nearest } from '../../core/policy/nearest.ts'
import { localTimeZone, systemClock } from '../../platform/clock.ts'
import { EXIT, type Io } from '../command.ts'
import { askGateway } from '../find-gateway.ts'
import { dollars, printJson } from '../output.ts'
import { changed } from './cap.ts'

export interface GuardOptions {
  minLeft?: string
  failOpen?: boolean
  /** Which calls are meant: `dev`, `test` or `ci`; in CI it is `ci` unless said. */
  environment?: string
  project?: string
  session?: string
  json?: boolean
}

/** `allowance guard --min-left 2.00`: 0 when that much is left, 1 when not, 3 when nobody can say (0 with `--fail-open`). */
export async function guard(options: GuardOptions, io: Io): Promise<number> {
  const { minLeft } = options
  if (minLeft === undefined)
    throw new AllowanceError(
      'usage',
      'guard needs to know what',
      `--min-left 2.00, or: ${commandLine('guard on loop')}`,
    )
  if (parseUsd(minLeft) === null) throw new AllowanceError('usage', `"${minLeft}" is not an amount`, '--min-left 2.00')
  try {
    const answer = await askGateway(io, (client) =>
      client.guard.query({ minLeftUsd: minLeft, scope: scopeOf(options, io) }),
    )
    if (options.json) printJson(io, answer)
    else
      io.stdout(
        answer.leftUsd === null
          ? 'no cap\n'
          : `${dollars(answer.leftUsd)} left of ${answer.rule}${resets(answer.resetsAt)}\n`,
      )
    return answer.ok ? EXIT.ok : EXIT.no
  } catch (error) {
    if (!options.failOpen || !(error instanceof AllowanceError) || error.code === 'usage') throw error
    io.stderr(`allowance: ${error.message}; going on, as --fail-open says\n`)
    if (options.json) printJson(io, { schema: 1, ok: true, leftUsd: null, rule: null, resetsAt: null })
    return EXIT.ok
  }
}

/** `allowance guard on|off loop|retry-storm`: whether such calls are asked about. */
export async function guardSwitch(
  word: 'on' | 'off',
  name: string,
  options: { action?: string; json?: boolean },
  io: Io,
): Promise<number> {
  const request = guardSwitchRequestSchema.safeParse({ guard: name, on: word === 'on', action: options.action })
  if (!request.success) {
    const isAction = request.error.issues[0]?.path[0] === 'action'
    const known: readonly string[] = isAction ? actionSchema.options : SWITCHED_GUARDS
    const given = isAction ? (options.action ?? '') : name
    throw new AllowanceError(
      'usage',
      `"${given}" is not ${isAction ? 'an action' : 'a guard that has a switch'}; there are ${known.join(', ')}`,
      commandLine(`guard ${word} ${isAction ? name : (nearest(name, known) ?? 'loop')}`),
    )
  }
  return changed(options, io, {
    ask: (client) => client.caps.switchGuard.mutate(request.data),
    act: (store) => store.switchGuard(request.data),
  })
}

function scopeOf(options: GuardOptions, io: Io): Record<string, string> {
  const { project, session } = options
  return {
    environment: options.environment ?? (io.env.CI && io.env.CI !== 'false' ? 'ci' : 'dev'),
    ...(project === undefined ? {} : { project }),
    ...(session === undefined ? {} : { session }),
  }
}

function resets(at: string | null): string {
  return at === null ? '' : `, resets ${formatReset(Date.parse(at), localTimeZone(), systemClock())}`
}
