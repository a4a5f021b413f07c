import type { SqlValue, Statement } from './sqlite.ts'

/** Texts remembered, to spare a look-up per call. */
const MAX_REMEMBERED = 10_000

/** Small numbers for texts that repeat: a row of a table that has each text once. */
export class TextIds {
  readonly #insert: Statement
  readonly #find: Statement
  readonly #known = new Map<string, number>()

  constructor(insert: Statement, find: Statement) {
    this.#insert = insert
    this.#find = find
  }

  /** `values`: what the row says, where it is not the text as it stands. */
  idOf(text: string, values: readonly SqlValue[] = [text]): number {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const { changes, lastInsertRowid } = this.#insert.run(...values)
    const id = Number(changes) === 1 ? Number(lastInsertRowid) : (this.#find.get(...values) as { id: number }).id
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear()
    this.#known.set(text, id)
    return id
  }

  /** Rows that were made in a transaction are gone with it. */
  forget(): void {
    this.#known.clear()
  }
}
