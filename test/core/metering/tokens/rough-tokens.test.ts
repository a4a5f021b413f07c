import { describe, expect, test } from 'vitest'
import { roughTokens } from '../../../../main/core/metering/tokens/rough-tokens.ts'
import { loadTokenizer } from '../../../../main/core/metering/tokens/tokenizer.ts'

describe('rough tokens', () => {
  test.each([
    ['', 0],
    ['hello world', 2],
    [' people', 1],
    ['internationalisation', 4],
    ['a, b', 3],
    ['x\n  y', 4],
    ['日本', 2],
  ])('%j is %i', (text, tokens) => expect(roughTokens(text)).toBe(tokens))

  test('stays near the exact count on prose and on code', async () => {
    const tokenizer = await loadTokenizer()
    const prose =
      'The quick brown fox jumps over the lazy dog, and then it sleeps for an hour in the warm afternoon sun. '.repeat(
        20,
      )
    const code = 'export function add(a: number, b: number): number {\n  return a + b\n}\n'.repeat(20)
    for (const text of [prose, code]) {
      const ratio = roughTokens(text) / tokenizer.count(text)
      expect(ratio).toBeGreaterThan(0.9)
      expect(ratio).toBeLessThan(1.6)
    }
  })
})
