import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'
import type { PromptMessage } from '../types/provider.ts'
import { formatMessage, toolsMessage } from './prompt-message.ts'
import { spelled } from './spelled.ts'

/** Deeper than any schema that is written by hand; a recursive one ends here. */
const MAX_DEPTH = 12

/**
 * Tools as Gemini charges them: of function declarations the names, descriptions and types, without JSON's signs; tools
 * that Google runs itself are free until they fetch something.
 */
export function geminiTools(tools: unknown): PromptMessage[] {
  const declarations: JsonObject[] = []
  const others: unknown[] = []
  for (const tool of isObject(tools) ? [tools] : listOf(tools)) {
    const found = listOf(spelled(objectOf(tool), 'functionDeclarations').value)
    if (found.length > 0) declarations.push(...found.map(objectOf))
    else others.push(tool)
  }
  const words = declarations.flatMap((declaration) => [
    textOf(declaration['name']) ?? '',
    textOf(declaration['description']) ?? '',
    ...wordsOf(objectOf(declaration['parameters'] ?? spelled(declaration, 'parametersJsonSchema').value), 0),
  ])
  return [
    ...toolsMessage(words.length > 0 ? words.filter(Boolean).join(' ') : null),
    ...formatMessage(others.length > 0 ? others : null),
  ]
}

function wordsOf(schema: JsonObject, depth: number): string[] {
  if (depth > MAX_DEPTH) return []
  const inside = [...Object.entries(objectOf(schema['properties'])), ['', schema['items']] as const]
  return [
    ...[schema['description'], schema['type']].map((value) => (value === undefined ? '' : String(value))),
    ...listOf(schema['enum']).map(String),
    ...inside.flatMap(([name, value]) => [name, ...wordsOf(objectOf(value), depth + 1)]),
    ...listOf(memberAt(schema, 'anyOf')).flatMap((choice) => wordsOf(objectOf(choice), depth + 1)),
    ...listOf(schema['required']).map(String),
  ]
}
