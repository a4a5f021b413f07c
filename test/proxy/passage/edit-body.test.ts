import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JsonEdit } from '../../../main/core/providers/types/json-edit.ts'
import { editBody } from '../../../main/proxy/passage/edit-body.ts'

const edited = (text: string, path: string, value: JsonEdit['value']) =>
  editBody(Buffer.from(text), { path: path.split('.'), value }).toString()

describe('one edit, and every other byte as it came', () => {
  test.each<[name: string, text: string, path: string, value: JsonEdit['value'], expected: string]>([
    ['replaces a number', '{"max_tokens":4096,"a":1}', 'max_tokens', 256, '{"max_tokens":256,"a":1}'],
    ['replaces the last member', '{"a":1,"max_tokens": 4096 }', 'max_tokens', 256, '{"a":1,"max_tokens": 256 }'],
    ['replaces null', '{"max_tokens":null}', 'max_tokens', 256, '{"max_tokens":256}'],
    ['replaces a string', '{"max_tokens":"4,0}96"}', 'max_tokens', 256, '{"max_tokens":256}'],
    ['adds a member', '{"a":1}', 'max_tokens', 256, '{"max_tokens":256,"a":1}'],
    ['adds to an empty object', '{ }', 'max_tokens', 256, '{"max_tokens":256 }'],
    ['keeps space and line ends', '\n{\r\n\t"a" : 1 ,\n "m" :\t5\n}\n', 'm', 7, '\n{\r\n\t"a" : 1 ,\n "m" :\t7\n}\n'],
    [
      'adds an object on the way',
      '{"a":1}',
      'stream_options.include_usage',
      true,
      '{"stream_options":{"include_usage":true},"a":1}',
    ],
    ['goes into an object', '{"o":{"x":[1,{"y":"}"}]},"z":2}', 'o.y', true, '{"o":{"y":true,"x":[1,{"y":"}"}]},"z":2}'],
    ['replaces what is no object on the way', '{"o":null,"z":2}', 'o.y', true, '{"o":{"y":true},"z":2}'],
    ['does not take a nested member for its own', '{"x":{"m":1},"m":2}', 'm', 3, '{"x":{"m":1},"m":3}'],
    ['does not take a string for a key', '{"x":"\\"m\\":1","m":2}', 'm', 3, '{"x":"\\"m\\":1","m":3}'],
    ['of a member that stands twice, the one that counts', '{"m":1,"m":2}', 'm', 3, '{"m":1,"m":3}'],
    ['knows a key by its escapes', '{"\\u006d":1}', 'm', 3, '{"\\u006d":3}'],
    ['passes over text in every script', '{"x":"世界🌍é\\\\","m":1}', 'm', 3, '{"x":"世界🌍é\\\\","m":3}'],
    [
      'passes over numbers, words and lists',
      '{"a":-1.5e+3,"b":true,"c":[[],{}],"m":1}',
      'm',
      3,
      '{"a":-1.5e+3,"b":true,"c":[[],{}],"m":3}',
    ],
  ])('%s', (_name, text, path, value, expected) => expect(edited(text, path, value)).toBe(expected))

  test('means the same as setting it in the object, and keeps what stands before and after', () => {
    const names = fc.constantFrom('m', 'o', 'a', 'é', '"', '\\')
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })),
        fc.constantFrom('m', 'o.m', 'a.o.m'),
        fc.nat(),
        fc.nat(4),
        (object, path, value, indent) => {
          const text = JSON.stringify(object, null, indent)
          const steps = path.split('.')
          const expected = JSON.parse(text) as Record<string, unknown>
          let place = expected
          for (const step of steps.slice(0, -1)) {
            const inner = place[step]
            if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) place[step] = {}
            place = place[step] as Record<string, unknown>
          }
          place[steps.at(-1)!] = value
          expect(JSON.parse(edited(text, path, value))).toEqual(expected)
        },
      ),
      { seed: 20_261_123, numRuns: 1_000 },
    )
  })
})
