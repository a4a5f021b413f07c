import { expect, test } from 'vitest'
import { storedTokensOf } from '../../../../main/core/metering/tokens/stored-tokens.ts'
import { request } from '../../conversations/requests.ts'

const EARLIER = { keptTokens: 12_000, messageFingerprints: ['tools', 'instructions', 'question'] }
const next = request(['tools: bash', 'system: be brief', 'tool: files'])

test.each([
  ['all that the call before held and made', ['t', 'i', 'news'], EARLIER, 12_000],
  ['less the tools and instructions that come again', ['tools', 'instructions', 'news'], EARLIER, 12_000 - 4_000 - 500],
  ['a result that is the same again is another one', ['t', 'i', 'question'], EARLIER, 12_000],
  ['never less than nothing', ['tools', 'instructions', 'news'], { ...EARLIER, keptTokens: 100 }, 0],
  ['a call that still runs tells nothing', ['t', 'i', 'news'], { messageFingerprints: [] }, null],
  ['nor does one that nobody knows', ['t', 'i', 'news'], undefined, null],
])('%s', (_name, fingerprints, from, expected) => {
  expect(storedTokensOf(next, fingerprints, [4_000, 500, 900], from)).toBe(expected)
})
