import { isObject, type JsonObject } from '../../../core/metering/framing/lenient-json.ts'

/** Bodies kept for comparison, together. The parsed history takes about as much again. In bytes. */
const MAX_BYTES = 24 * 1024 * 1024
/** Below this, parsing is cheaper than comparing; above the other, one body would push out all others. In bytes. */
const MIN_BODY = 8 * 1024
const MAX_BODY = 8 * 1024 * 1024
/** Conversations begin alike: their bodies are looked up by this much of their start. In bytes. */
const KEY_BYTES = 96
/** Bodies with one start that are compared. */
const MAX_ALIKE = 6
/** A turn after which at most so many of the last items changed (cache marks move) takes the place of the one before. */
const MAX_CHANGED = 3

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** A body that was parsed, and where the items of its longest list end. */
interface KnownBody {
  key: string
  body: Buffer
  json: JsonObject
  list: ListPlace
}

/** A list of the outermost object: messages, contents, input. */
interface ListPlace {
  name: string
  /** After its opening bracket. */
  from: number
  /** After the last byte of each item. */
  ends: number[]
}

export interface ParsedJson {
  json: unknown
  /** How much of the text went through the parser. */
  parsedBytes: number
}

export interface ResumableJson {
  /** As `JSON.parse`: throws a SyntaxError on what is no JSON. Items that an earlier body began with are the same objects. */
  parse(body: Buffer): ParsedJson
}

/**
 * Parses request bodies that grow. The history is compared with the bodies before, natively; only what comes after the
 * last item that they share is parsed, and the rest is taken from what was parsed then. The result is equal to that of
 * `JSON.parse` for any body.
 */
export function createResumableJson(maxBytes = MAX_BYTES): ResumableJson {
  const known = new Map<string, KnownBody[]>()
  let bytes = 0

  function remember(made: KnownBody, instead: KnownBody | null): void {
    const alike = (known.get(made.key) ?? []).filter((one) => one !== instead)
    if (instead) bytes -= instead.body.length
    alike.push(made)
    bytes += made.body.length
    if (alike.length > MAX_ALIKE) bytes -= alike.shift()?.body.length ?? 0
    // The first of a Map is what was set longest ago.
    known.delete(made.key)
    known.set(made.key, alike)
    for (const [key, bodies] of known) {
      if (bytes <= maxBytes) break
      known.delete(key)
      for (const { body } of bodies) bytes -= body.length
    }
  }

  return {
    parse(body) {
      if (body.length < MIN_BODY || body.length > MAX_BODY) return whole(body)
      const key = body.toString('latin1', 0, KEY_BYTES)
      const nearest = nearestOf(known.get(key) ?? [], body)
      const resumed = nearest && resume(nearest.known, nearest.shared, body)
      if (resumed) {
        const had = nearest.known.list.ends.length
        const isNextTurn = resumed.shared >= Math.max(had - MAX_CHANGED, had / 2)
        remember({ key, body, json: resumed.json, list: resumed.list }, isNextTurn ? nearest.known : null)
        return { json: resumed.json, parsedBytes: resumed.parsedBytes }
      }
      const parsed = whole(body)
      const list = isObject(parsed.json) ? longestList(body, parsed.json) : null
      if (list) remember({ key, body, json: parsed.json as JsonObject, list }, null)
      return parsed
    },
  }
}

function whole(body: Buffer): ParsedJson {
  return { json: JSON.parse(body.toString('utf8')), parsedBytes: body.length }
}

function nearestOf(bodies: readonly KnownBody[], body: Buffer): { known: KnownBody; shared: number } | null {
  let nearest: { known: KnownBody; shared: number } | null = null
  for (const one of bodies) {
    const shared = sharedPrefix(one.body, body)
    if (!nearest || shared > nearest.shared) nearest = { known: one, shared }
  }
  return nearest
}

/** Bytes that both begin with. */
function sharedPrefix(a: Buffer, b: Buffer): number {
  let same = 0
  let step = Math.min(a.length, b.length)
  while (step > 0) {
    if (same + step <= Math.min(a.length, b.length) && a.compare(b, same, same + step, same, same + step) === 0)
      same += step
    else step >>= 1
  }
  return same
}

/** Null where the two bodies share no whole item, or where anything is not as it should be. */
function resume(
  { body: before, json: parsedBefore, list: { name, from, ends } }: KnownBody,
  shared: number,
  body: Buffer,
): (ParsedJson & { json: JsonObject; list: ListPlace; shared: number }) | null {
  let count = ends.length
  // Of a number or a word nobody knows whether it ends there.
  while (count > 0 && ((ends[count - 1] ?? 0) > shared || !isClosed(before, ends[count - 1] ?? 0))) count -= 1
  if (count === 0) return null
  const end = ends[count - 1] ?? 0
  const next = skipBlanks(body, end)
  const isMore = body[next] === 0x2c
  // After a comma another item has to come, else it is no JSON: the whole says so.
  if (isMore ? body[skipBlanks(body, next + 1)] === 0x5d : body[next] !== 0x5d) return null
  const rest = body.subarray(isMore ? next + 1 : next)
  const scanned = scanFrom(body, end, name)
  if (!scanned) return null
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8', 0, from) + rest.toString('utf8'))
  } catch {
    return null
  }
  const items = isObject(json) ? json[name] : null
  const old = parsedBefore[name]
  if (!isObject(json) || !Array.isArray(items) || !Array.isArray(old)) return null
  if (items.length !== scanned.length) return null
  return {
    json: { ...json, [name]: [...old.slice(0, count), ...items] },
    list: { name, from, ends: [...ends.slice(0, count), ...scanned] },
    parsedBytes: from + rest.length,
    shared: count,
  }
}

function isClosed(body: Buffer, end: number): boolean {
  const last = body[end - 1]
  return last === 0x7d || last === 0x5d || last === QUOTE
}

/**
 * Ends of the items that follow one in the list `name`, up to the end of the body. Null where the outermost object has a
 * member of that name again: then the last one counts, and nothing of this one.
 */
function scanFrom(body: Buffer, from: number, name: string): number[] | null {
  const ends: number[] = []
  let isOpen = true
  for (const found of scan(body, from, 2)) {
    if (isOpen && found.depth === 2 && found.kind === 'end' && found.at > from) ends.push(found.at)
    if (found.kind === 'close' && found.depth === 1) isOpen = false
    if (found.kind === 'name' && isNamed(body, found.from, found.at, name)) return null
  }
  return ends
}

/** The longest list among the members of the outermost object; null where there is none. */
function longestList(body: Buffer, json: JsonObject): ListPlace | null {
  let best: ListPlace | null = null
  let name = ''
  let open: ListPlace | null = null
  const seen = new Set<string>()
  for (const found of scan(body, 0, 0)) {
    if (found.kind === 'name') {
      name = nameOf(body, found.from, found.at)
      if (seen.has(name)) return null
      seen.add(name)
    }
    if (found.kind === 'open' && found.depth === 2) open = { name, from: found.at, ends: [] }
    if (found.kind === 'end' && found.depth === 2) open?.ends.push(found.at)
    if (found.kind === 'close' && found.depth === 1 && open) {
      const items = json[open.name]
      const isWhole = Array.isArray(items) && items.length === open.ends.length
      if (isWhole && length(open) > (best ? length(best) : 0)) best = open
      open = null
    }
  }
  return best
}

function length({ from, ends }: ListPlace): number {
  return (ends.at(-1) ?? from) - from
}

type Found =
  /** The name of a member of the outermost object, between its quotes. */
  | { kind: 'name'; from: number; at: number; depth: 1 }
  /** A list that is a member of the outermost object: after its bracket. */
  | { kind: 'open'; at: number; depth: 2 }
  | { kind: 'close'; at: number; depth: 1 }
  /** An item of such a list: after its last byte. */
  | { kind: 'end'; at: number; depth: 2 }

/** What stands where in valid JSON, from somewhere in it. `depth`: 0 outside, 1 in the object, 2 in a list of it. */
function* scan(body: Buffer, from: number, startDepth: 0 | 2): Generator<Found> {
  let depth: number = startDepth
  let isInList = startDepth === 2
  let isName = false
  let valueEnd = -1
  for (let at = from; at < body.length; at += 1) {
    const byte = body[at]
    if (byte === QUOTE) {
      const end = stringEnd(body, at)
      if (depth === 1 && isName) yield { kind: 'name', from: at + 1, at: end - 1, depth: 1 }
      isName = false
      at = end - 1
      if (isInList && depth === 2) valueEnd = end
    } else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
      if (depth === 1) isName = true
      if (depth === 2) {
        isInList = byte === 0x5b
        valueEnd = -1
        if (isInList) yield { kind: 'open', at: at + 1, depth: 2 }
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      depth -= 1
      if (depth === 1 && isInList) {
        if (valueEnd >= 0) yield { kind: 'end', at: valueEnd, depth: 2 }
        yield { kind: 'close', at: at + 1, depth: 1 }
        isInList = false
      } else if (depth === 2 && isInList) valueEnd = at + 1
    } else if (byte === 0x2c) {
      if (depth === 1) isName = true
      else if (depth === 2 && isInList) {
        if (valueEnd >= 0) yield { kind: 'end', at: valueEnd, depth: 2 }
        valueEnd = -1
      }
    } else if (depth === 2 && isInList && byte !== undefined && byte > 0x20) valueEnd = at + 1
  }
}

/** After the closing quote of the string that opens at `at`. */
function stringEnd(body: Buffer, at: number): number {
  let end = at
  for (;;) {
    end = body.indexOf(QUOTE, end + 1)
    if (end < 0) return body.length
    let slashes = 0
    while (body[end - 1 - slashes] === BACKSLASH) slashes += 1
    if (slashes % 2 === 0) return end + 1
  }
}

function skipBlanks(body: Buffer, at: number): number {
  let next = at
  while (next < body.length && (body[next] ?? 0) <= 0x20) next += 1
  return next
}

/** A name may be written with escapes. */
function nameOf(body: Buffer, from: number, at: number): string {
  const raw = body.toString('utf8', from, at)
  return raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw
}

function isNamed(body: Buffer, from: number, at: number, name: string): boolean {
  return nameOf(body, from, at) === name
}
