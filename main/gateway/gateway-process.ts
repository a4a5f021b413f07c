import { callUsAs, commandLine } from '../../shared/values/command-line.ts'
import { webcrypto } from 'node:crypto'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { AllowanceError, messageOf } from '../../shared/contract/errors.ts'
import { systemClock } from '../platform/system/clock.ts'
import { createLogger, fileWriter } from '../platform/system/logger.ts'
import { keepHeapSmall } from '../platform/system/small-heap.ts'
import { currentCommand } from '../platform/home/own-command.ts'
import { ensureHome, resolveHome } from '../platform/home/paths.ts'
import { productVersion } from '../platform/system/product-version.ts'
import { readSettings } from '../platform/home/settings-file.ts'
import { runGateway, type RunningGateway } from './run-gateway.ts'

/** The desktop's end of a utility process, as Electron gives it; on plain Node there is none. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { data: unknown }) => void): void
}

/** The gateway as its own process, started by the desktop: says `ready` or `failed`, and ends when it is told to stop. */
async function runForDesktop(port: ParentPort): Promise<void> {
  // Node 18 has it, but not as a global, and that is where the certificate and signature libraries look.
  if (globalThis.crypto === undefined) Object.defineProperty(globalThis, 'crypto', { value: webcrypto })
  let gateway: RunningGateway | null = null
  let isStopping = false
  const stop = async (reason: string) => {
    if (isStopping) return
    isStopping = true
    await gateway?.stop(reason)
    process.exit(0)
  }
  port.on('message', ({ data }) => {
    if ((data as { type?: unknown } | null)?.type === 'stop') void stop('the desktop app ended')
  })
  process.on('SIGTERM', () => void stop('it was asked to'))
  try {
    gateway = await startGateway()
    if (isStopping) return await gateway.stop('the desktop app ended')
    const { proxy, control, token, pid } = gateway.runtime
    port.postMessage({ type: 'ready', proxy, control, token, pid })
  } catch (error) {
    const { code, fix } = error instanceof AllowanceError ? error : { code: 'internal', fix: null }
    port.postMessage({ type: 'failed', code, message: messageOf(error), fix })
  }
}

function startGateway(): Promise<RunningGateway> {
  const home = resolveHome(process.env)
  const paths = ensureHome(home)
  const worker = path.join(__dirname, 'token-worker.cjs')
  return runGateway({
    settings: readSettings({ file: paths.settings, env: process.env, cwd: process.cwd() }),
    home,
    version: productVersion(),
    env: process.env,
    logger: createLogger({ clock: systemClock, write: fileWriter(paths.log) }),
    tokenWorkerPath: existsSync(worker) ? worker : null,
  })
}

const port = (process as unknown as { parentPort?: ParentPort }).parentPort
if (port === undefined)
  throw new Error(`started without a parent port; the headless gateway is: ${commandLine()} serve`)
callUsAs(currentCommand())
keepHeapSmall()
void runForDesktop(port)
