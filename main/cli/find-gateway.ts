import { commandLine } from '../../shared/command-line.ts'
import type { RuntimeFile } from '../../shared/contract.ts'
import { AllowanceError } from '../../shared/errors.ts'
import { connectTyped, controlError } from '../control/client.ts'
import { homePaths, resolveHome } from '../platform/paths.ts'
import { readRuntimeFile } from '../platform/runtime-file.ts'
import type { Io } from './command.ts'

export type GatewayClient = ReturnType<typeof connectTyped>

/** The gateway of this home; throws `no-gateway` where none runs. */
export function findGateway(io: Pick<Io, 'env' | 'platform'>): RuntimeFile {
  const home = resolveHome(io.env, io.platform)
  const runtime = readRuntimeFile(homePaths(home).runtime)
  if (runtime) return runtime
  throw new AllowanceError('no-gateway', `no gateway is running for ${home}`, commandLine('serve'))
}

/** Asks the gateway something. What it refuses is thrown with its own code, message and fix. */
export async function askGateway<Answer>(
  io: Pick<Io, 'env' | 'platform'>,
  ask: (client: GatewayClient) => Promise<Answer>,
): Promise<Answer> {
  const client = connectTyped(findGateway(io))
  try {
    return await ask(client)
  } catch (error) {
    throw controlError(error)
  }
}
