import { EXIT, type Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { printJson } from '../../support/output.ts'

/** `allowance dashboard`: prints a fresh link to the running gateway's page; it works once, for five minutes. */
export async function dashboard(options: { json?: boolean }, io: Io): Promise<number> {
  const { url } = await askGateway(io, (client) => client.pageUrl.mutate())
  if (options.json) printJson(io, { schema: 1, url })
  else io.stdout(`${url}\n`)
  return EXIT.ok
}
