import type { Io } from '../../support/command.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { type JsonOption, printDone } from '../../support/output.ts'

/** `allowance pause [SESSION]` and `allowance resume [SESSION]`: everything, or one session. */
export async function pauseOrResume(
  verb: 'pause' | 'resume',
  session: string | undefined,
  options: JsonOption,
  io: Io,
): Promise<number> {
  const input = session === undefined ? {} : { session }
  await askGateway(io, (client) => (verb === 'pause' ? client.pause.mutate(input) : client.resume.mutate(input)))
  return printDone(io, options, { session: session ?? null }, verb === 'pause' ? 'paused' : 'resumed')
}
