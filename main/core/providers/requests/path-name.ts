/** A name that stands in a path, decoded; as it stands where its escapes are broken. Null when it is not there. */
export function nameInPath(path: string, pattern: RegExp): string | null {
  const name = pattern.exec(path)?.[1]
  if (name === undefined) return null
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
