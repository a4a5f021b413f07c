import type { JsonAppend, JsonEdit } from '../../core/providers/types/json-edit.ts'

/**
 * Applies one declared edit to a JSON body and leaves every other byte as it came: re-serialising would move keys and
 * break the provider's prompt cache. Works on UTF-8 bytes, whose continuation bytes are never JSON's own characters.
 * The body is known to parse; a member that stands twice is edited where it counts, at its last place.
 */
export function editBody(body: Buffer, edit: JsonEdit): Buffer {
  let open = skipSpace(body, 0)
  for (let depth = 0; ; depth += 1) {
    const rest = edit.path.slice(depth + 1)
    const member = findMember(body, open, edit.path[depth] ?? '')
    if (!member)
      return splice(
        body,
        open + 1,
        open + 1,
        `${newMember(edit.path.slice(depth), edit.value)}${isEmpty(body, open) ? '' : ','}`,
      )
    if (rest.length === 0) return splice(body, member.start, member.end, JSON.stringify(edit.value))
    if (body[member.start] !== OPEN_OBJECT)
      return splice(body, member.start, member.end, `{${newMember(rest, edit.value)}}`)
    open = member.start
  }
}

/**
 * Adds one element at the end of a list, or behind a text that is made a list of; every other byte stays. Where the path
 * leads to neither, nothing changes.
 */
export function appendToBody(body: Buffer, { path, value, textAs }: JsonAppend): Buffer {
  let at = skipSpace(body, 0)
  for (const name of path) {
    const next = name === -1 ? lastElement(body, at) : findMember(body, at, name)?.start
    if (next === undefined || next === null) return body
    at = next
  }
  if (body[at] === QUOTE && textAs) {
    const end = endOfString(body, at)
    return splice(splice(body, end, end, `${textAs.after},${JSON.stringify(value)}]`), at, at, `[${textAs.before}`)
  }
  if (body[at] !== OPEN_ARRAY) return body
  const close = endOfValue(body, at) - 1
  const comma = lastElement(body, at) === null ? '' : ','
  return splice(body, close, close, `${comma}${JSON.stringify(value)}`)
}

/** Where the last element of the list that opens at `open` begins; null when it has none. */
function lastElement(body: Buffer, open: number): number | null {
  let last: number | null = null
  let at = skipSpace(body, open + 1)
  while (at < body.length && body[at] !== CLOSE_ARRAY) {
    last = at
    at = skipSpace(body, endOfElement(body, at))
    if (body[at] !== COMMA) break
    at = skipSpace(body, at + 1)
  }
  return last
}

function endOfElement(body: Buffer, start: number): number {
  const first = body[start]
  if (first === QUOTE || first === OPEN_OBJECT || first === OPEN_ARRAY) return endOfValue(body, start)
  let index = start
  while (index < body.length && body[index] !== COMMA && body[index] !== CLOSE_ARRAY) index += 1
  return index
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COMMA = 0x2c

function newMember(path: readonly string[], value: JsonEdit['value']): string {
  const [name = '', ...rest] = path
  return `${JSON.stringify(name)}:${rest.length > 0 ? `{${newMember(rest, value)}}` : JSON.stringify(value)}`
}

function splice(body: Buffer, start: number, end: number, text: string): Buffer {
  return Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])
}

function isEmpty(body: Buffer, open: number): boolean {
  return body[skipSpace(body, open + 1)] === CLOSE_OBJECT
}

/** Where the value of a member of the object that opens at `open` stands; null when there is none of that name. */
function findMember(body: Buffer, open: number, name: string): { start: number; end: number } | null {
  let found: { start: number; end: number } | null = null
  let at = skipSpace(body, open + 1)
  while (at < body.length && body[at] === QUOTE) {
    const keyEnd = endOfString(body, at)
    const start = skipSpace(body, skipSpace(body, keyEnd) + 1)
    const end = endOfValue(body, start)
    if (JSON.parse(body.toString('utf8', at, keyEnd)) === name) found = { start, end }
    at = skipSpace(body, end)
    if (body[at] !== COMMA) break
    at = skipSpace(body, at + 1)
  }
  return found
}

function skipSpace(body: Buffer, at: number): number {
  let index = at
  while (body[index] === 0x20 || body[index] === 0x0a || body[index] === 0x0d || body[index] === 0x09) index += 1
  return index
}

function endOfString(body: Buffer, quote: number): number {
  let index = quote + 1
  while (index < body.length && body[index] !== QUOTE) index += body[index] === BACKSLASH ? 2 : 1
  return index + 1
}

function endOfValue(body: Buffer, start: number): number {
  const first = body[start]
  if (first === QUOTE) return endOfString(body, start)
  let index = start
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    while (index < body.length && body[index] !== COMMA && body[index] !== CLOSE_OBJECT && body[index] !== CLOSE_ARRAY)
      index += 1
    while (index > start && body[index - 1]! <= 0x20) index -= 1
    return index
  }
  let depth = 0
  while (index < body.length) {
    const byte = body[index]
    if (byte === QUOTE) {
      index = endOfString(body, index)
      continue
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return index + 1
    index += 1
  }
  return index
}
