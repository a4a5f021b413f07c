/** The time now, in epoch milliseconds. Passed to everything that asks for the time, so that a test can hold it still. */
export type Clock = () => number

export const systemClock: Clock = () => Date.now()

/** The machine's own time zone, for `local` in policies and settings. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
}
