import type { JsonObject } from '../../metering/framing/lenient-json.ts'

/** A member that Google's APIs take in camel case and in snake case alike, with the spelling that is there. */
export function spelled(body: JsonObject, camel: string): { name: string; value: unknown } {
  const snake = camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const name = body[camel] === undefined && body[snake] !== undefined ? snake : camel
  return { name, value: body[name] }
}
