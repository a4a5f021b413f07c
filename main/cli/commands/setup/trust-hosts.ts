import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { paints, printJson } from '../../support/output.ts'

export interface TrustHostsOptions {
  all?: boolean
  json?: boolean
}

/**
 * `allowance policy trust-hosts [HOST…|--all]`: agrees to have the traffic of hosts decrypted that a remote policy
 * names. Without a host it says which wait. Throws `not-found` for one that does not.
 */
export async function trustHosts(hosts: readonly string[], options: TrustHostsOptions, io: Io): Promise<number> {
  const { status } = await askGateway(io, (client) => client.policy.query())
  const waiting = status.pendingHosts ?? []
  const wanted = options.all ? waiting.map(({ host }) => host) : hosts
  const unknown = wanted.find((wish) => !waiting.some(({ host }) => host.toLowerCase() === wish.toLowerCase()))
  if (unknown !== undefined)
    throw new AllowanceError(
      'not-found',
      `${unknown} is not a host waiting for your consent`,
      commandLine('policy trust-hosts'),
    )
  const { trusted, pending } =
    wanted.length === 0
      ? { trusted: [], pending: waiting }
      : await askGateway(io, (client) => client.trustHosts.mutate({ hosts: [...wanted] }))
  if (options.json) printJson(io, { schema: 1, source: status.source, trusted, pending })
  else io.stdout(text(status.source, trusted, pending, io))
  return EXIT.ok
}

type Hosts = readonly { host: string; provider: string }[]

function text(source: string | null, trusted: Hosts, pending: Hosts, io: Io): string {
  const { green, yellow, dim } = paints(io)
  const lines = trusted.map(({ host, provider }) => `${green('✓')} ${host} is metered as ${provider} from now on`)
  if (trusted.length > 0)
    lines.push(dim('  Programs that are already running may have to be restarted to trust its certificate.'))
  if (pending.length > 0) lines.push(`The policy from ${source} names hosts whose traffic Allowance would decrypt:`)
  for (const { host, provider } of pending) lines.push(`  ${yellow(host)} ${dim(`as ${provider}`)}`)
  if (pending.length > 0) lines.push(dim(`Agree with: ${commandLine()} policy trust-hosts HOST… (or --all)`))
  if (lines.length === 0) lines.push('No host in the policy is waiting for your consent.')
  return `${lines.join('\n')}\n`
}
