import { EXIT, type Io } from '../../support/command.ts'
import { checksOf } from '../../doctor/checks.ts'
import type { FoundClient } from '../../doctor/clients.ts'
import type { Check } from '../../doctor/doctor-facts.ts'
import { gatherFacts } from '../../doctor/gather-facts.ts'
import { type Paint, paints, printJson } from '../../support/output.ts'

export interface DoctorOptions {
  explain?: boolean
  json?: boolean
}

/** `allowance doctor [--explain]`: what is well, what is not, and what to do about it. @returns 1 when something fails */
export async function doctor(options: DoctorOptions, io: Io): Promise<number> {
  const progress = io.isTTY && !options.json
  if (progress) io.stderr('allowance: trying every way through the gateway …\r')
  const facts = await gatherFacts(io)
  if (progress) io.stderr('\u001b[2K\r')
  const checks = checksOf(facts)
  const ok = checks.every(({ status }) => status !== 'fail')
  if (options.json)
    printJson(io, {
      schema: 1,
      ok,
      checks,
      clients: facts.clients.map(({ name, path, connect, baseUrl }) => ({ name, path, connect, baseUrl })),
    })
  else io.stdout(asText(checks, facts.clients, options.explain === true, io))
  return ok ? EXIT.ok : EXIT.no
}

function asText(checks: readonly Check[], clients: readonly FoundClient[], explain: boolean, io: Io): string {
  const { bold, dim, red, green, yellow } = paints(io)
  const signs: Record<Check['status'], [string, Paint]> = {
    ok: ['✓', green],
    note: ['·', dim],
    warn: ['!', yellow],
    fail: ['✗', red],
  }
  const lines = checks.flatMap((check) => {
    const [sign, paint] = signs[check.status]
    return [
      `${paint(sign)} ${check.id.split(':')[0]?.padEnd(13)} ${check.what}`,
      ...(explain ? [dim(`  ${' '.repeat(13)} ${check.why}`)] : []),
      ...(check.fix === null ? [] : [`  ${' '.repeat(13)} ${dim('→')} ${check.fix}`]),
    ]
  })
  const failed = checks.filter(({ status }) => status === 'fail').length
  const found = clients.flatMap((client) => [
    `  ${client.name}`,
    dim(`    ${client.connect}`),
    ...(client.baseUrl === null ? [] : [dim(`    or ${client.baseUrl}`)]),
  ])
  return `${[
    ...lines,
    '',
    ...(found.length > 0 ? [bold('Programs found here, and how each is pointed at the gateway'), ...found, ''] : []),
    failed === 0 ? green('Nothing is broken.') : red(`${failed} ${failed === 1 ? 'thing is' : 'things are'} broken.`),
  ].join('\n')}\n`
}
