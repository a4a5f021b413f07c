import { writeSync } from 'node:fs'
import path from 'node:path'
import { statuslineText } from './commands/view/statusline-text.ts'

/** Agents write at once; one that keeps its end open without a word must not hold up its own status bar. */
const STDIN_LIMIT_MS = 60

/** The whole of `allowance statusline`: never fails, whatever happens, because a failure blanks the caller's bar. */
export function runStatusline(home: string): void {
  process.on('uncaughtException', () => process.exit(0))
  const print = (agentJson: string) => {
    const line = statuslineText(path.join(home, 'statusline.json'), agentJson, isAlive)
    try {
      writeSync(1, `${line}\n`)
    } catch {
      // Nobody reads it any more.
    }
    process.exit(0)
  }
  if (process.stdin.isTTY) return print('')
  let text = ''
  // On a busy machine the time is up before anything was read: what lies in the pipe by then is read first.
  const limit = setTimeout(() => setImmediate(() => print(text)), STDIN_LIMIT_MS)
  const finish = () => {
    clearTimeout(limit)
    print(text)
  }
  process.stdin.on('data', (chunk) => {
    text += String(chunk)
    if (isWhole(text)) finish()
  })
  process.stdin.once('end', finish)
  process.stdin.once('error', finish)
}

/** Not every caller closes its end after it has spoken. */
function isWhole(text: string): boolean {
  if (!text.trimEnd().endsWith('}')) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
