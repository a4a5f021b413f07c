/** The URL a text spells, or null. `URL.canParse` would do, but the oldest runtime (Node 18.15) does not have it. */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}
