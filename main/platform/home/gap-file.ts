import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'

/** A time in which traffic passed without being metered. */
export interface Gap {
  fromMs: number
  untilMs: number
  reason: string
}

/** Where gaps wait for the next gateway: the process that noticed one had no ledger to write to. */
function gapFile(home: string): string {
  return path.join(home, 'gaps.jsonl')
}

/** Notes a gap. It never throws: the note is worth less than the traffic that it is about. */
export function noteGap(home: string, gap: Gap): void {
  try {
    appendFileSync(gapFile(home), `${JSON.stringify(gap)}\n`, { mode: 0o600 })
  } catch {
    // The home is gone or full.
  }
}

/** The gaps that were noted since the last time, oldest first; a line that is not whole is skipped. */
export function takeGaps(home: string): Gap[] {
  let text: string
  try {
    text = readFileSync(gapFile(home), 'utf8')
  } catch {
    return []
  }
  rmSync(gapFile(home), { force: true })
  return text.split('\n').flatMap((line) => {
    try {
      const gap = JSON.parse(line) as Gap
      return Number.isFinite(gap.fromMs) && Number.isFinite(gap.untilMs) ? [gap] : []
    } catch {
      return []
    }
  })
}
