/** Parsed JSON, or undefined when it is none: a provider's half-written body is not a reason to fail. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
