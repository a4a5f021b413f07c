import { cleanValue } from './clean-value.ts'

/** More tags than anybody needs; each becomes a dimension of the reports. */
export const MAX_TAGS = 32
/** Longest list of tags that is looked at, in characters: a URL's usual limit. */
export const MAX_TAG_TEXT_LENGTH = 8_192

const KEY = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/

export interface ParsedTags {
  tags: Record<string, string>
  /** What was skipped and why, for the log and for `doctor`; never a reason to refuse traffic. */
  problems: string[]
}

/**
 * Reads `project=web,session=s1,environment=test` (contract section 3): of the base URL's `/@…/`, of the proxy user
 * name and of `x-allowance-tag`. Values may be percent-encoded; one that is not (`50% off`) is taken as it stands,
 * because a proxy user name reaches us decoded from some clients and encoded from others. The last of two wins.
 */
export function parseTags(text: string): ParsedTags {
  const tags: Record<string, string> = {}
  const problems: string[] = []
  if (text.length > MAX_TAG_TEXT_LENGTH) problems.push(`tags beyond ${MAX_TAG_TEXT_LENGTH} characters were ignored`)
  const parts = text.slice(0, MAX_TAG_TEXT_LENGTH).split(',')
  for (const part of parts) {
    if (part.trim() === '') continue
    const at = part.indexOf('=')
    const key = decodeLeniently(at < 0 ? part : part.slice(0, at)).trim()
    const shown = JSON.stringify(cleanValue(key) ?? '')
    if (at < 0) problems.push(`tag ${shown} has no value (write key=value)`)
    else if (!KEY.test(key)) problems.push(`${shown} is not a valid tag name`)
    else if (key.toLowerCase() === 'developer') problems.push('a developer is never taken from a tag')
    else {
      const value = cleanValue(decodeLeniently(part.slice(at + 1)))
      if (value === null) problems.push(`tag ${shown} is empty`)
      else if (!Object.hasOwn(tags, key) && Object.keys(tags).length >= MAX_TAGS)
        problems.push(`tag ${shown} is beyond ${MAX_TAGS}`)
      else define(tags, key, value)
    }
  }
  return { tags, problems }
}

/** Not a plain assignment: a tag may be called `constructor` or `__proto__`. */
export function define(tags: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(tags, key, { value, enumerable: true, configurable: true, writable: true })
}

function decodeLeniently(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
