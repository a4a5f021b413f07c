/** A number that was chosen rather than derived, with what somebody needs to know before changing it. */
export interface Tuned {
  value: number
  unit: string
  /** Where the number comes from: a document, a measurement, a bench of this repository. */
  source: string
  /** What happens when it is too high or too low. */
  ifWrong: string
}

/** The numbers of a room's table, by name. */
export function tuned<const Table extends Readonly<Record<string, Tuned>>>(
  table: Table,
): { readonly [Name in keyof Table]: number } {
  return Object.fromEntries(Object.entries(table).map(([name, { value }]) => [name, value])) as {
    [Name in keyof Table]: number
  }
}
