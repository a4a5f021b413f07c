import type { Io } from './command.ts'

/** How often a line of progress is drawn again: the eye needs no more. Calls looked at take microseconds each. */
const EVERY_CALLS = 2_000

/** A line of progress on stderr, where that is a terminal; nothing otherwise, and gone when it is cleared. */
export function progressOn(
  io: Pick<Io, 'isTTY' | 'stderr'>,
  what: string,
  every = EVERY_CALLS,
): { show(done: number, total: number): void; clear(): void } {
  let drawnAt = 0
  return {
    show(done, total) {
      if (!io.isTTY || total === 0 || done - drawnAt < every) return
      drawnAt = done
      io.stderr(`\r${what}: ${Math.min(100, Math.floor((done / total) * 100))} %`)
    },
    clear() {
      if (drawnAt > 0) io.stderr('\r\u001b[K')
    },
  }
}
