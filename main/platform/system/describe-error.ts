/** What a log may say of an unexpected error: where it was thrown and what it is, and nothing that it may quote. */
export interface ErrorFacts {
  /** `prepare-call.ts:87`, or the place in the built file; null where nobody knows. */
  place: string | null
  cause: string
}

/** A parser's message quotes what it could not parse, which may be a prompt: of those the name alone is kept. */
export function describeError(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { place: null, cause: typeof error }
  const [, place = null] = /\n\s+at .*?([^\s/\\(]+:\d+):\d+\)?/.exec(error.stack ?? '') ?? []
  const code = (error as { code?: unknown }).code
  const name = typeof code === 'string' ? `${error.name} ${code}` : error.name
  return { place, cause: error instanceof SyntaxError ? name : `${name}: ${error.message}` }
}
