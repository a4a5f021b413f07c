import type { Notice } from '../../../shared/contract/contract.ts'

/** Enough for weeks of notices, and a small file still. */
const MAX_REMEMBERED = 200

/**
 * Says of each notice whether a notification is due: warnings and stops, each key once, also over restarts.
 * `remembered`: keys of earlier runs, oldest first; `remember` is given the new list.
 */
export class NoticeGate {
  #shown: string[]
  readonly #remember: (keys: string[]) => void

  constructor(remembered: string[], remember: (keys: string[]) => void) {
    this.#shown = remembered
    this.#remember = remember
  }

  admits({ level, key }: Pick<Notice, 'level' | 'key'>): boolean {
    if (level === 'info' || this.#shown.includes(key)) return false
    this.#shown = [...this.#shown, key].slice(-MAX_REMEMBERED)
    this.#remember(this.#shown)
    return true
  }
}
