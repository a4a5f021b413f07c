import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const WATCHER = 'org.kde.StatusNotifierWatcher'
/** A session bus answers in milliseconds; a broken one must not hold up the window. */
const LIMIT_MS = 2_000

/** Programs that can ask the session bus, each with what it prints for yes. One of them is on nearly every desktop. */
const QUESTIONS: ReadonlyArray<{ command: string; args: string[]; yes: RegExp }> = [
  {
    command: 'gdbus',
    args: ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus'].concat([
      '--method',
      'org.freedesktop.DBus.NameHasOwner',
      WATCHER,
    ]),
    yes: /\(true,\)/,
  },
  {
    command: 'busctl',
    args: ['--user', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus'].concat([
      'NameHasOwner',
      's',
      WATCHER,
    ]),
    yes: /^b true/,
  },
  {
    command: 'dbus-send',
    args: ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'].concat([
      'org.freedesktop.DBus.NameHasOwner',
      `string:${WATCHER}`,
    ]),
    yes: /boolean true/,
  },
]

/**
 * True if there is a tray that would show our icon, so that a window may hide without being lost. macOS and Windows
 * always have one. On Linux it is asked of the session bus; an old XEmbed tray cannot be asked, and counts as none:
 * a window that stays in the task list can always be found again.
 */
export async function hasTrayHost(platform: string = process.platform): Promise<boolean> {
  if (platform !== 'linux') return true
  for (const { command, args, yes } of QUESTIONS) {
    const answer = await ask(command, args)
    if (answer !== null) return yes.test(answer)
  }
  return false
}

/** What the program said, or null when it is not there or could not reach the bus. */
async function ask(command: string, args: string[]): Promise<string | null> {
  try {
    return (await promisify(execFile)(command, args, { timeout: LIMIT_MS })).stdout
  } catch {
    return null
  }
}
