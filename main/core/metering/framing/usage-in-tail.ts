import { parseJson } from './parse-json.ts'

/**
 * The usage object at the end of a body too long to be parsed (images in base64, thousands of embeddings), as
 * `{ usage }` or `{ usageMetadata }`; null when the tail holds none whole.
 */
export function usageInTail(tail: string): { [key: string]: unknown } | null {
  for (const key of ['usage', 'usageMetadata']) {
    const at = tail.lastIndexOf(`"${key}"`)
    const opening = at < 0 ? -1 : tail.indexOf('{', at)
    if (opening < 0) continue
    const value = parseJson(tail.slice(opening, closingBrace(tail, opening) + 1))
    if (value !== undefined) return { [key]: value }
  }
  return null
}

function closingBrace(text: string, opening: number): number {
  let depth = 0
  let quoted = false
  for (let index = opening; index < text.length; index++) {
    const character = text[index]
    if (quoted && character === '\\') index++
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === '{') depth++
    else if (!quoted && character === '}' && --depth === 0) return index
  }
  return text.length
}
