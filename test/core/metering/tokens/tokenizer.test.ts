import fc from 'fast-check'
import { Tiktoken } from 'js-tiktoken/lite'
import o200k from 'js-tiktoken/ranks/o200k_base'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadTokenizer, type Tokenizer } from '../../../../main/core/metering/tokens/tokenizer.ts'

let tokenizer: Tokenizer
let reference: Tiktoken

beforeAll(async () => {
  tokenizer = await loadTokenizer()
  reference = new Tiktoken(o200k)
})

const expected = (text: string) => reference.encode(text, [], [])

describe('the tokenizer', () => {
  test.each([
    '',
    'hello world',
    "I'll DON'T we've",
    'const answer = 42;\n\n\treturn answer / 7\r\n',
    '<|endoftext|> and <|im_start|>user',
    'naïve café — “quotes” …',
    '今天天气很好，我们去公园吧。',
    '👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍💻',
    'a\ud800b\udc00',
    ' '.repeat(300),
    '-'.repeat(300),
    'ABCDEFGH'.repeat(40),
  ])('gives the tokens of js-tiktoken for %j', (text) => {
    expect(tokenizer.encode(text)).toEqual(expected(text))
    expect(tokenizer.count(text)).toBe(expected(text).length)
  })

  test('gives the tokens of js-tiktoken for any text', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.stringMatching(/^[ab \n\t\-=/']{0,200}$/),
      fc.stringMatching(/^[A-Za-z0-9+/]{0,150}$/),
      fc
        .tuple(fc.constantFrom('a', 'A', ' ', '\n', '-', '1', 'é', '中'), fc.nat({ max: 250 }))
        .map(([c, n]) => c.repeat(n)),
    )
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 4 }), (parts) => {
        const text = parts.join('')
        expect(tokenizer.encode(text)).toEqual(expected(text))
        expect(tokenizer.count(text)).toBe(tokenizer.encode(text).length)
      }),
      { numRuns: 400 },
    )
  })

  test('counts a megabyte of one character, of spaces, of Chinese', () => {
    expect(tokenizer.count('-'.repeat(1_000_000))).toBe(1_000_000 / 64 / 1)
    expect(tokenizer.count('a'.repeat(1_000_000))).toBe(1_000_000 / 8)
    expect(tokenizer.count(' '.repeat(1_000_000))).toBeGreaterThan(1_000)
    expect(tokenizer.count('中'.repeat(300_000))).toBeGreaterThan(100_000)
    // Three seconds of work; a machine with a build beside it takes its time.
  }, 120_000)
})
