import { expect, test } from 'vitest'
import { geminiTools } from '../../../main/core/providers/requests/gemini-tools.ts'
import { toolSignatures } from '../../../main/core/providers/requests/tool-signatures.ts'

const parameters = {
  type: 'object',
  properties: {
    city: { type: 'string', description: 'Which city' },
    unit: { enum: ['c', 'f'], default: 'c' },
    days: { type: ['integer', 'null'] },
    points: { type: 'array', items: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] } },
  },
  required: ['city'],
}

test('functions are written as the signatures that OpenAI’s models see', () => {
  const weather = { type: 'function', function: { name: 'weather', description: 'Says it', parameters } }
  expect(
    toolSignatures([weather, { type: 'function', name: 'now' }, { type: 'web_search' }]),
  ).toBe(`namespace functions {

// Says it
type weather = (_: {
// Which city
city: string,
unit?: "c" | "f", // default: c
days?: number | null,
points?: {
x: number,
}[],
}) => any;

type now = () => any;

} // namespace functions
{"type":"web_search"}`)
})

test('without a function there are no signatures', () => {
  expect(toolSignatures([{ type: 'web_search' }])).toBeNull()
  expect(toolSignatures(undefined)).toBeNull()
})

test('a schema that holds itself comes to an end', () => {
  const node: Record<string, unknown> = { type: 'object' }
  node['properties'] = { child: node }
  expect(toolSignatures([{ name: 'tree', parameters: node }])?.length).toBeLessThan(1_000)
  expect(geminiTools([{ functionDeclarations: [{ name: 'tree', parameters: node }] }])[0]?.text.length).toBeLessThan(
    1_000,
  )
})

test('Gemini’s declarations are their words; what Google runs itself stands apart', () => {
  const messages = geminiTools([{ function_declarations: [{ name: 'weather', parameters }] }, { googleSearch: {} }])
  expect(messages.map(({ text, isFormat }) => [text, isFormat])).toEqual([
    [
      'weather object city string Which city unit c f days integer,null points array object x number x city'.replace(
        'string Which city',
        'Which city string',
      ),
      undefined,
    ],
    ['[{"googleSearch":{}}]', true],
  ])
})
