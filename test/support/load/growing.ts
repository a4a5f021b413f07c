/** Histories of an agent, as lines (test/core/conversations/requests.ts). */

/** Each turn's history is the one before and what happened since. */
export function grow(start: string[], turns: readonly (readonly string[])[]): string[][] {
  const requests = [start]
  for (const turn of turns) requests.push([...(requests.at(-1) ?? []), ...turn])
  return requests
}

export const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index))

export const START = ['system: you are an agent', 'user: make the tests pass']
