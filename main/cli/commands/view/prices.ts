import type { PriceSourceStatus } from '../../../../shared/contract/contract.ts'
import { localTimeZone, systemClock } from '../../../platform/system/clock.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { clockTime, paints, printJson } from '../../support/output.ts'

interface JsonOption {
  json?: boolean
}

/** `allowance prices show`: which list prices the running gateway goes by. */
export async function pricesShow(options: JsonOption, io: Io): Promise<number> {
  return shown(await askGateway(io, (client) => client.prices.query()), options, io)
}

/** `allowance prices refresh`: asks for newer ones now. 1 when they could not be had or were broken; those in force stay. */
export async function pricesRefresh(options: JsonOption, io: Io): Promise<number> {
  return shown(await askGateway(io, (client) => client.refreshPrices.mutate()), options, io)
}

function shown(status: PriceSourceStatus, options: JsonOption, io: Io): number {
  if (options.json) printJson(io, { schema: 1, ...status })
  else io.stdout(asText(status, io))
  return status.outcome === 'rejected' || status.outcome === 'unreachable' ? EXIT.no : EXIT.ok
}

function asText({ version, bundled, url, fetchedAt, lastError }: PriceSourceStatus, io: Io): string {
  const { bold, dim, yellow } = paints(io)
  const when = (iso: string) => clockTime(iso, localTimeZone(), systemClock())
  const lines = [`${bold(version)} ${bundled ? 'came with the product' : `from ${url}`}`]
  if (url === null) lines.push(dim('  newer ones: "pricesUrl" in settings.json'))
  else if (fetchedAt !== null) lines.push(dim(`  last confirmed ${when(fetchedAt)} by ${url}`))
  if (lastError) lines.push(yellow(`  ! ${lastError.message} (${when(lastError.at)}); the prices in force stay`))
  return `${lines.join('\n')}\n`
}
