import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ElectronApplication, Page } from 'playwright-core'
import type { RuntimeFile } from '../../../shared/contract/contract.ts'
import { homePaths } from '../../../main/platform/home/paths.ts'
import { readRuntimeFile } from '../../../main/platform/home/runtime-file.ts'
import { startDesktopSession, type DesktopSession, type DesktopSessionOptions } from './display.ts'
import { launchElectronApp } from './electron-app.ts'
import { FakeProvider, type FakeBehaviour } from '../providers/fake-provider.ts'

export interface AllowanceDesktopOptions {
  /** Null: a first run, with nothing set. */
  policy: Record<string, unknown> | null
  provider?: Partial<FakeBehaviour>
  session?: DesktopSessionOptions
  /** Runs when the desktop is up and before the app is. */
  prepare?: (session: DesktopSession, env: Record<string, string>) => Promise<void>
}

/** The real app on a display of its own, in a fresh home, with a fake provider as the far end of the internet. */
export interface AllowanceDesktop {
  session: DesktopSession
  provider: FakeProvider
  app: ElectronApplication
  window: Page
  home: string
  /** Environment of the app, complete. */
  env: Record<string, string>
  /** Where the gateway of this home is; throws when none runs. */
  runtime: () => RuntimeFile
  /** Ends the app as a log-out would, and waits until it is gone. */
  quit: () => Promise<void>
  stop: () => Promise<void>
}

export async function startAllowanceDesktop(options: AllowanceDesktopOptions): Promise<AllowanceDesktop> {
  // Quick when nothing changed; a window of yesterday's build would prove nothing.
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
  const closers: Array<() => Promise<unknown>> = []
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close()
  }
  try {
    const provider = new FakeProvider(options.provider)
    const origin = await provider.start()
    closers.push(() => provider.stop())
    const session = await startDesktopSession(options.session)
    closers.push(() => session.stop())
    const home = path.join(session.home, 'allowance')
    const policyFile = options.policy === null ? null : path.join(session.home, 'policy.json')
    mkdirSync(home, { mode: 0o700 })
    if (policyFile !== null) writeFileSync(policyFile, JSON.stringify(options.policy))
    const env = { ...session.env, ...gatewayEnvironment(home, policyFile, origin) }
    await options.prepare?.(session, env)
    const app = await launchElectronApp(session, { env })
    let isGone = false
    app.once('close', () => (isGone = true))
    const quit = async () => {
      if (isGone) return
      const gone = app.waitForEvent('close')
      app.process().kill('SIGTERM')
      await gone
    }
    closers.push(quit)
    const window = await app.firstWindow()
    const runtime = () => {
      const found = readRuntimeFile(homePaths(home).runtime)
      if (found === null) throw new Error('no gateway runs for this home')
      return found
    }
    return { session, provider, app, window, home, env, runtime, quit, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Every provider's origin is the fake one, the ports are free ones, the developer is Ada. */
export function gatewayEnvironment(home: string, policyFile: string | null, origin: string): Record<string, string> {
  return {
    ALLOWANCE_HOME: home,
    ALLOWANCE_PORT: '0',
    ALLOWANCE_CONTROL_PORT: '0',
    ...(policyFile === null ? {} : { ALLOWANCE_POLICY: policyFile }),
    ALLOWANCE_DEVELOPER: 'ada@acme.dev',
    ALLOWANCE_UPSTREAMS: JSON.stringify({ openai: origin, anthropic: origin, google: origin }),
  }
}
