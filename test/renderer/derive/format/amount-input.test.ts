import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAmount } from '../../../../renderer/derive/format/amount-input.ts'

test.each([
  ['5', '5'],
  ['$5.00', '5.00'],
  ['1,5', '1.5'],
  ['0,005', '0.005'],
  ['1,234.50', '1234.50'],
  ['1.234,50', '1234.50'],
  ['1 234,5', '1234.5'],
  ['1,234,567', '1234567'],
  ['2.', '2'],
  ['.5', '0.5'],
])('%s is an amount', (text, usd) => {
  expect(readAmount(text)).toEqual({ usd, error: null })
})

test('a comma before three digits is not guessed at', () => {
  expect(readAmount('1,234').error).toBe('“1,234” can be read as two amounts. Enter 1234 or 1.234.')
})

test.each(['five', '1.2.3', '1,23,4', '-3', '1e3', '0', '0,00', '99999999999999'])(
  '%s is none, and it says so',
  (text) => {
    expect(readAmount(text)).toEqual({ usd: null, error: expect.stringContaining('amount') as string })
  },
)

test('an empty field is not wrong yet', () => {
  expect(readAmount(' $ ')).toEqual({ usd: null, error: null })
})

test('dollars and cents mean the same with a point, with a comma, and grouped', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99_999_999 }), (cents) => {
      const amount = (cents / 100).toFixed(2)
      const american = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2 }).format(cents / 100)
      const german = new Intl.NumberFormat('de-DE', { minimumFractionDigits: 2 }).format(cents / 100)
      for (const text of [amount, american, german]) expect(Number(readAmount(text).usd)).toBe(cents / 100)
    }),
  )
})
