import { execFile, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { findProgram } from '../../../scripts/lib/machine.mjs'
import { firstLine, startProgram, stopProgram } from '../child-process.ts'

/** A desktop of its own for one test file: nothing in it can be seen from the developer's, nor the other way round. */
export interface DesktopSession {
  /** Environment for a program that is to run on this desktop, complete. */
  env: Record<string, string>
  /** HOME of this desktop; removed by `stop`. */
  home: string
  stop(): Promise<void>
}

export interface DesktopSessionOptions {
  /** Pixels, default 1440 × 900. */
  size?: { width: number; height: number }
  /** Start a D-Bus session bus, and on it a notification daemon or an unlocked keyring. Default: neither. */
  notifications?: boolean
  keyring?: boolean
}

/** Starts Xvfb on a free display, a window manager where there is one, and what else was asked for. */
export async function startDesktopSession(options: DesktopSessionOptions = {}): Promise<DesktopSession> {
  const started: ChildProcess[] = []
  const home = mkdtempSync(path.join(tmpdir(), 'allowance-desktop-'))
  const stop = async () => {
    for (const child of started.reverse()) await stopProgram(child)
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    const env = {
      ...cleanEnvironment(),
      HOME: home,
      XDG_RUNTIME_DIR: home,
      XDG_CURRENT_DESKTOP: 'GNOME',
    } as DesktopSession['env']
    env.DISPLAY = await startXvfb(started, options.size ?? { width: 1440, height: 900 })
    if (findProgram('openbox')) await startWindowManager(started, env)
    if (options.notifications || options.keyring) env.DBUS_SESSION_BUS_ADDRESS = await startBus(started, env)
    if (options.notifications) await startNotifications(started, env)
    if (options.keyring) await startKeyring(started, env)
    return { env, home, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Our own environment without what would lead out of the sandbox: another display or bus, a proxy, a trust store. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign =
    /^(DISPLAY|WAYLAND_DISPLAY|DBUS_.*|XDG_.*|.*_PROXY|NODE_EXTRA_CA_CERTS|ELECTRON_RUN_AS_NODE|ALLOWANCE_(?!TEST|BUILT).*)$/i
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)))
}

async function startXvfb(
  started: ChildProcess[],
  { width, height }: { width: number; height: number },
): Promise<string> {
  const args = ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp']
  const child = startProgram('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  started.push(child)
  return `:${(await firstLine(child, child.stdio[3] as Readable)).trim()}`
}

async function startWindowManager(started: ChildProcess[], env: Record<string, string>): Promise<void> {
  const child = startProgram('openbox', ['--startup', 'echo ready'], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  started.push(child)
  await firstLine(child, child.stdout as Readable)
}

async function startBus(started: ChildProcess[], env: Record<string, string>): Promise<string> {
  const child = startProgram('dbus-daemon', ['--session', '--nofork', '--print-address=1'], { env })
  started.push(child)
  return firstLine(child, child.stdout as Readable)
}

async function startNotifications(started: ChildProcess[], env: Record<string, string>): Promise<void> {
  started.push(startProgram('dunst', ['-conf', '/dev/null'], { env, stdio: 'ignore' }))
  await waitForBusName('org.freedesktop.Notifications', env)
}

async function startKeyring(started: ChildProcess[], env: Record<string, string>): Promise<void> {
  const child = startProgram('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  started.push(child)
  child.stdin?.end('\n')
  await waitForBusName('org.freedesktop.secrets', env)
}

async function waitForBusName(name: string, env: Record<string, string>): Promise<void> {
  await promisify(execFile)('gdbus', ['wait', '--session', '--timeout', '10', name], { env })
}
