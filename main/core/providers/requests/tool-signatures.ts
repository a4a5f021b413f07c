import { isObject, type JsonObject, listOf, memberAt, objectOf, textOf } from '../../metering/framing/lenient-json.ts'

/** Deeper than any schema that is written by hand; a recursive one ends here. */
const MAX_DEPTH = 12

/**
 * Function tools as OpenAI's models see them: not the JSON that a client sends, but signatures in a namespace, which
 * take about half of its tokens. Found by counting against recorded usage, to a few tokens. Tools that are no functions
 * stay JSON; null where there is no function among them.
 */
export function toolSignatures(tools: unknown): string | null {
  const functions: JsonObject[] = []
  const others: unknown[] = []
  for (const tool of listOf(tools)) {
    const described = objectOf(isObject(memberAt(tool, 'function')) ? memberAt(tool, 'function') : tool)
    const isFunction = (memberAt(tool, 'type') ?? 'function') === 'function' && textOf(described['name'])
    if (isFunction) functions.push(described)
    else others.push(tool)
  }
  if (functions.length === 0) return null
  const namespace = ['namespace functions {', ...functions.map(signatureOf), '} // namespace functions'].join('\n\n')
  return [namespace, ...others.map((tool) => JSON.stringify(tool))].join('\n')
}

function signatureOf(described: JsonObject): string {
  const properties = propertiesOf(objectOf(described['parameters'] ?? described['input_schema']), 0)
  const type = properties === '' ? '() => any' : `(_: {\n${properties}\n}) => any`
  return `${comment(described['description'])}type ${String(described['name'])} = ${type};`
}

function propertiesOf(schema: JsonObject, depth: number): string {
  const required = new Set(listOf(schema['required']))
  return Object.entries(objectOf(schema['properties']))
    .map(([name, value]) => {
      const property = objectOf(value)
      const byDefault = property['default'] === undefined ? '' : ` // default: ${asText(property['default'])}`
      const mark = required.has(name) ? '' : '?'
      return `${comment(property['description'])}${name}${mark}: ${typeOf(property, depth + 1)},${byDefault}`
    })
    .join('\n')
}

function typeOf(schema: JsonObject, depth: number): string {
  if (depth > MAX_DEPTH) return 'any'
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ')
  if (schema['const'] !== undefined) return JSON.stringify(schema['const'])
  const choices = listOf(schema['anyOf'] ?? schema['oneOf'])
  if (choices.length > 0) return choices.map((choice) => typeOf(objectOf(choice), depth + 1)).join(' | ')
  const names = Array.isArray(schema['type']) ? schema['type'] : [schema['type']]
  return names.map((name) => namedType(name, schema, depth)).join(' | ')
}

function namedType(name: unknown, schema: JsonObject, depth: number): string {
  switch (name) {
    case 'integer':
      return 'number'
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return name
    case 'array':
      return isObject(schema['items']) ? `${typeOf(schema['items'], depth + 1)}[]` : 'any[]'
    default: {
      const properties = propertiesOf(schema, depth)
      return properties === '' ? (name === 'object' ? '{}' : 'any') : `{\n${properties}\n}`
    }
  }
}

function comment(description: unknown): string {
  const text = textOf(description)
  return text ? `// ${text}\n` : ''
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
