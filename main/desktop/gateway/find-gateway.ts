import { get } from 'node:http'
import { homePaths } from '../../platform/home/paths.ts'
import { readRuntimeFile } from '../../platform/home/runtime-file.ts'
import type { GatewayAddress } from './gateway-state.ts'

/** Loopback answers in a millisecond; a gateway that is recovering its ledger may be busy for a while. */
const ANSWER_LIMIT_MS = 3_000

/** The gateway of this home that runs and answers, or null. A process that merely has the old one's number does not count. */
export async function findGateway(home: string): Promise<GatewayAddress | null> {
  const runtime = readRuntimeFile(homePaths(home).runtime)
  if (runtime === null || !(await answers(runtime.control))) return null
  const { proxy, control, token, pid } = runtime
  return { proxy, control, token, pid }
}

function answers(control: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(new URL('/health', control), { timeout: ANSWER_LIMIT_MS }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', () => resolve(false))
  })
}
