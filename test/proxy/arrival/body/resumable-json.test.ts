import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createResumableJson } from '../../../../main/proxy/arrival/body/resumable-json.ts'

/** Long enough to be remembered. */
const FILLER = 'x'.repeat(9_000)
const message = (n: number) => ({
  role: n % 2 ? 'assistant' : 'user',
  content: `message ${n} "quoted" \\ ü ${'y'.repeat(300)}`,
})
const body = (count: number, rest: Record<string, unknown> = {}) =>
  Buffer.from(
    JSON.stringify({
      model: 'm',
      messages: [{ role: 'system', content: FILLER }, ...Array.from({ length: count }, (_, n) => message(n))],
      ...rest,
    }),
  )
const parsed = (text: Buffer) => JSON.parse(text.toString('utf8')) as unknown

describe('a body that grows', () => {
  test('is parsed from where it differs on, into the same objects', () => {
    const json = createResumableJson()
    const first = json.parse(body(20)).json as { messages: unknown[] }
    const grown = body(22, { tools: [{ name: 't' }] })
    const { json: second, parsedBytes } = json.parse(grown) as { json: { messages: unknown[] }; parsedBytes: number }
    expect(second).toEqual(parsed(grown))
    expect(second.messages[5]).toBe(first.messages[5])
    expect(parsedBytes).toBeLessThan(1_000)
  })

  test('costs a turn what is new in it, however long the history', () => {
    const json = createResumableJson()
    const perTurn = Array.from({ length: 200 }, (_, turn) => json.parse(body(turn * 2)).parsedBytes)
    expect(Math.max(...perTurn.slice(1))).toBeLessThan(1_000)
  })

  test('is parsed whole where an early message was edited', () => {
    const json = createResumableJson()
    json.parse(body(20))
    const edited = Buffer.from(body(22).toString().replace('xxx', 'xyx'))
    expect(json.parse(edited)).toEqual({ json: parsed(edited), parsedBytes: edited.length })
  })

  test('goes on beside others that begin alike', () => {
    const json = createResumableJson()
    const other = (count: number) => Buffer.from(body(count).toString().replace('message 0', 'another start'))
    for (let turn = 1; turn < 6; turn += 1) {
      for (const one of [body(turn * 2), other(turn * 2)]) {
        const { json: found, parsedBytes } = json.parse(one)
        expect(found).toEqual(parsed(one))
        if (turn > 1) expect(parsedBytes).toBeLessThan(1_200)
      }
    }
  })

  test('forgets what was used longest ago', () => {
    const json = createResumableJson(30_000)
    json.parse(body(0))
    for (let n = 0; n < 5; n += 1)
      json.parse(Buffer.from(JSON.stringify({ model: `other${n}`, messages: [FILLER, message(n)] })))
    expect(json.parse(body(2)).parsedBytes).toBe(body(2).length)
  })
})

describe('what is no JSON', () => {
  const broken = [
    ['a comma too many', (text: string) => text.replace(/\]\}$/, ',]}')],
    ['a body that ends in the middle', (text: string) => text.slice(0, -30)],
    ['something behind it', (text: string) => `${text}]`],
    ['two values without a comma', (text: string) => text.replace(/\]\}$/, '{}]}')],
  ] as const
  test.each(broken)('%s is an error as ever', (_name, damage) => {
    const json = createResumableJson()
    json.parse(body(20))
    const text = Buffer.from(damage(body(22).toString()))
    expect(() => parsed(text)).toThrow(SyntaxError)
    expect(() => json.parse(text)).toThrow(SyntaxError)
    expect(json.parse(body(24)).json).toEqual(parsed(body(24)))
  })

  test('a list that is given twice counts the last time', () => {
    const json = createResumableJson()
    json.parse(body(20))
    const twice = Buffer.from(body(22).toString().replace(/\}$/, ',"messages":[1]}'))
    expect(json.parse(twice).json).toEqual(parsed(twice))
    const escaped = Buffer.from(body(22).toString().replace(/\}$/, ',"m\\u0065ssages":[2]}'))
    expect(json.parse(escaped).json).toEqual(parsed(escaped))
  })
})

test('the result is that of JSON.parse, for any history and any edit of it', () => {
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.string({ unit: 'binary', maxLength: 60 }) }),
  )
  const spaces = fc.constantFrom(undefined, 1, '\t')
  const edit = fc.record({ at: fc.nat(), length: fc.nat({ max: 40 }), text: fc.string({ maxLength: 20 }) })
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 12 }),
      fc.array(fc.array(value, { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
      fc.dictionary(fc.string({ maxLength: 8 }), value, { maxKeys: 3 }),
      spaces,
      fc.option(edit, { nil: null }),
      (start, turns, rest, space, change) => {
        const json = createResumableJson()
        let items: unknown[] = [FILLER, ...start]
        for (const more of [[], ...turns]) {
          items = [...items, ...more]
          const text = JSON.stringify({ ...rest, messages: items, tail: rest }, null, space)
          const bodies = [text]
          if (change) {
            const at = change.at % text.length
            bodies.push(text.slice(0, at) + change.text + text.slice(at + change.length))
          }
          for (const one of bodies) {
            const buffer = Buffer.from(one)
            const read = (make: () => unknown) => {
              try {
                return { value: make() }
              } catch (error) {
                return { error: error instanceof SyntaxError }
              }
            }
            expect(read(() => json.parse(buffer).json)).toEqual(read(() => JSON.parse(buffer.toString('utf8'))))
          }
        }
      },
    ),
    { numRuns: 400 },
  )
})
