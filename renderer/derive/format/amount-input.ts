import { parseUsd } from '../../../shared/values/money.ts'

/** What a person typed as an amount: decimal dollars for the gateway, or why it cannot be read; null while it is empty. */
export type TypedAmount = { usd: string; error: null } | { usd: null; error: string | null }

/**
 * Reads `5`, `$5.00`, `1,5`, `1,234.50` and `1.234,50`. A comma before exactly three digits can be read in two ways,
 * and money is not guessed.
 */
export function readAmount(text: string): TypedAmount {
  const bare = text.replace(/[\s$\u00a0_']/g, '')
  if (bare === '') return { usd: null, error: null }
  if (!/^[\d.,]+$/.test(bare)) return wrong('Enter an amount in dollars, such as 5 or 2.50.')
  const separators = bare.replace(/\d/g, '')
  if (separators === ',' && /^\d{1,3},\d{3}$/.test(bare) && !bare.startsWith('0'))
    return wrong(`“${bare}” can be read as two amounts. Enter ${bare.replace(',', '')} or ${bare.replace(',', '.')}.`)
  const decimal = plainDecimal(bare, separators)
  const nanos = decimal === null ? null : parseUsd(decimal)
  if (decimal === null || nanos === null) return wrong('Enter an amount in dollars, such as 5 or 2.50.')
  if (nanos === 0) return wrong('Enter an amount above zero.')
  return { usd: decimal, error: null }
}

/** The last separator is the decimal one; another kind before it groups thousands. */
function plainDecimal(text: string, separators: string): string | null {
  const last = separators.at(-1)
  if (last === undefined) return text
  const groups = new Set(separators.slice(0, -1))
  if (groups.has(last)) {
    // Only groups: 1,234,567.
    return groups.size === 1 && /^\d{1,3}([.,]\d{3})+$/.test(text) ? text.replace(/[.,]/g, '') : null
  }
  const at = text.lastIndexOf(last)
  const [whole, fraction] = [text.slice(0, at), text.slice(at + 1)]
  if (groups.size > 0 && !/^\d{1,3}([.,]\d{3})+$/.test(whole)) return null
  const digits = `${whole.replace(/[.,]/g, '') || '0'}${fraction === '' ? '' : `.${fraction}`}`
  return /^\d+(\.\d+)?$/.test(digits) ? digits : null
}

function wrong(error: string): TypedAmount {
  return { usd: null, error }
}
