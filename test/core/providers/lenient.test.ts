import { expect, test } from 'vitest'
import { createFraming } from '../../../main/core/metering/framing/create-framing.ts'
import { BadRequest, type Dialect } from '../../../main/core/providers/types/provider.ts'
import { PROVIDERS } from '../../../main/core/providers/registry.ts'
import { seededRandom } from './corpus-replay.ts'

const DIALECTS = [...new Set(PROVIDERS.flatMap((provider) => provider.dialects))]
const KEYS =
  'usage choices message delta content messages input tools type text role parts contents candidates usageMetadata response output item system thinking generationConfig inferenceConfig metadata error data id model prompt stream options tool_calls function x_groq results iterations cache_creation image_url source prompt_tokens_details prompt_tokens cost meta headers __proto__'.split(
    ' ',
  )
const WORDS = [
  'message_start',
  'response.completed',
  'message-end',
  'text',
  'tool_use',
  'tool_result',
  'image',
  'thread.run',
  '',
  '[DONE]',
  'data:image/png;base64,iVBORw0KGgo=',
]

const HEAD = {
  method: 'POST',
  path: '/model/%zz/deployments/%zz/models/%zz:generateContent',
  query: new URLSearchParams(),
  headers: {},
}

test('no reader and no dialect fails on a value that nobody expected (seeded)', () => {
  const random = seededRandom(7)
  const values = Array.from({ length: 300 }, () => anything(random, 4))
  const faults = values.flatMap((value) => DIALECTS.flatMap((dialect) => faultOf(dialect, value) ?? []))
  expect(faults).toEqual([])
})

/** What goes wrong with one value in one dialect; a bad request is an answer. */
function faultOf(dialect: Dialect, value: unknown): string | null {
  try {
    const request = dialect.readRequest(HEAD, value)
    dialect.clamp?.(request, value, 300)
    dialect.askForUsage?.(request, value)
    const reader = dialect.createReader(request)
    reader.event(typeof value === 'string' ? value : null, value)
    reader.body(value, {}, 200)
    const counts = Object.values(reader.reading().usage ?? {}).filter((count) => typeof count === 'number')
    if (counts.some((count) => !Number.isSafeInteger(count) || count < 0)) return `${dialect.api}: ${counts}`
    return request.messages.some((message) => typeof message.text !== 'string') ? `${dialect.api}: no text` : null
  } catch (error) {
    return error instanceof BadRequest ? null : `${dialect.api} on ${JSON.stringify(value)}: ${String(error)}`
  }
}

test('no framing fails on noise (seeded)', () => {
  const random = seededRandom(8)
  for (const type of [
    'text/event-stream',
    'application/json',
    'application/x-ndjson',
    'application/vnd.amazon.eventstream',
    'audio/mpeg',
    null,
  ]) {
    for (let round = 0; round < 200; round++) {
      const framing = createFraming(type)
      const bytes = Uint8Array.from({ length: 1 + random() * 400 }, () =>
        random() < 0.5 ? 10 + random() * 120 : random() * 256,
      )
      expect(() => [...framing.push(bytes), ...framing.push(bytes), ...framing.finish()]).not.toThrow()
    }
  }
})

function anything(random: () => number, depth: number): unknown {
  const pick = Math.floor(random() * (depth > 0 ? 9 : 6))
  if (pick === 0) return null
  if (pick === 1) return random() < 0.5
  if (pick === 2) return Math.floor(random() * 1000) - 10
  if (pick === 3) return random() * 1e20
  if (pick < 6) return WORDS[Math.floor(random() * WORDS.length)]
  const size = Math.floor(random() * 4)
  if (pick === 6) return Array.from({ length: size }, () => anything(random, depth - 1))
  const entries = Array.from({ length: size + 2 }, () => [
    KEYS[Math.floor(random() * KEYS.length)],
    anything(random, depth - 1),
  ])
  return Object.fromEntries(entries) as unknown
}
