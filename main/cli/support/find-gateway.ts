import { commandLine } from '../../../shared/values/command-line.ts'
import type { RuntimeFile } from '../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { connectTyped, controlError } from '../../control/client.ts'
import { homePaths, resolveHome } from '../../platform/home/paths.ts'
import { readRuntimeFile } from '../../platform/home/runtime-file.ts'
import type { Io } from './command.ts'

export type GatewayClient = ReturnType<typeof connectTyped>

/** The gateway of this home; throws `no-gateway` where none runs. */
export function findGateway(io: Pick<Io, 'env' | 'platform'>): RuntimeFile {
  const home = resolveHome(io.env, io.platform)
  const runtime = readRuntimeFile(homePaths(home).runtime)
  if (runtime) return runtime
  throw new AllowanceError('no-gateway', `no gateway is running for ${home}`, commandLine('serve'))
}

/** Whether a gateway runs for this home. */
export function isGatewayRunning(io: Pick<Io, 'env' | 'platform'>): boolean {
  return readRuntimeFile(homePaths(resolveHome(io.env, io.platform)).runtime) !== null
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
