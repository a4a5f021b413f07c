import { ANTHROPIC_COMPLETE } from '../dialects/anthropic/anthropic-complete.ts'
import { openAiCompatible } from './openai-compatible.ts'
import type { Provider } from '../types/provider.ts'

/** https://docs.anthropic.com/en/api */
export const ANTHROPIC: Provider = {
  ...openAiCompatible({
    id: 'anthropic',
    origin: 'https://api.anthropic.com',
    priceProvider: 'anthropic',
    dialects: [ANTHROPIC_COMPLETE],
  }),
  keyHeaders: ['x-api-key', 'authorization'],
  normalizePath,
}

/** Some clients take the base URL with `/v1` and some without, by the same variable: all forms mean one path. */
function normalizePath(path: string): string {
  const rest = path.replace(/^(\/v1)+(?=\/)/, '')
  return /^\/(messages|complete|models|files|chat|skills|organizations)(\/|$)/.test(rest) ? `/v1${rest}` : path
}
