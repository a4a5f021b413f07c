import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { formatReset } from '../../../../shared/values/format.ts'
import { commandLine } from '../../../../shared/values/command-line.ts'
import { parseUsd } from '../../../../shared/values/money.ts'
import { localTimeZone, systemClock } from '../../../platform/system/clock.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { dollars, printJson } from '../../support/output.ts'

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
      'say how much has to be left, or which guard to switch',
      `${commandLine('guard --min-left 2.00')}, or ${commandLine('guard on loop')}`,
    )
  if (parseUsd(minLeft) === null)
    throw new AllowanceError('usage', `"${minLeft}" is not an amount in dollars`, '--min-left 2.00')
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
