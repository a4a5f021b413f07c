import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { formatReset } from '../../../../shared/values/format.ts'
import { parseUsd } from '../../../../shared/values/money.ts'
import { parseDuration } from '../../../../shared/values/time-window.ts'
import { localTimeZone, systemClock } from '../../../platform/system/clock.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { dollars, paints, printJson } from '../../support/output.ts'

export interface RaiseOptions {
  reason: string
  rule?: string
  for?: string
  json?: boolean
}

/** `allowance raise AMOUNT --reason TEXT`: more for today, as far as the policy lets one grant it to oneself. 1 when it does not. */
export async function raise(amount: string, options: RaiseOptions, io: Io): Promise<number> {
  const amountUsd = amount.replace(/^\$/, '')
  if (!parseUsd(amountUsd))
    throw new AllowanceError('usage', `"${amount}" is not an amount`, commandLine('raise 2.50 --reason "why"'))
  const { json, reason, rule, for: duration } = options
  if (reason.trim() === '')
    throw new AllowanceError('usage', 'a raise needs a reason', commandLine('raise 2.50 --reason "why"'))
  if (duration !== undefined && parseDuration(duration) === null)
    throw new AllowanceError('usage', `"${duration}" is not a duration`, '--for 2h')
  const granted = await askGateway(io, (client) => client.raise.mutate({ amountUsd, reason, rule, for: duration }))
  const { untilMs, ...answer } = granted
  if (json) printJson(io, { schema: 1, ...answer })
  else {
    const until = formatReset(untilMs, localTimeZone(), systemClock())
    io.stdout(
      `${paints(io).green('✓')} ${granted.rule} raised by ${dollars(granted.amountUsd)} until ${until}; ${dollars(granted.leftUsd)} left\n`,
    )
  }
  return EXIT.ok
}
