import { afterAll, beforeAll, test } from 'vitest'
import { listPrice, type OddMeter, type Row, startOddMeter } from './meter-odd.ts'
import { messages, messagesStream } from './odd-answers.ts'

let meter: OddMeter
beforeAll(async () => {
  meter = await startOddMeter()
})
afterAll(() => meter.stop())

const start = (usage: object) => ({ type: 'message_start', message: { id: 'm', model: 'claude-sonnet-4-5', usage } })
const delta = (usage: object) => ({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage })

test.each<Row>([
  [
    'cache reads of a stream cost a tenth of input',
    messagesStream(
      start({ input_tokens: 4, cache_read_input_tokens: 2_455, output_tokens: 1 }),
      delta({ output_tokens: 23 }),
    ),
    { uncachedInput: 4, cacheRead: 2_455, output: 23 },
    listPrice([4, 3], [2_455, 0.3], [23, 15]),
  ],
  [
    'cache writes are charged once',
    messages({ input_tokens: 3, cache_creation_input_tokens: 12_304, cache_read_input_tokens: 0, output_tokens: 550 }),
    { uncachedInput: 3, cacheWrite5m: 12_304, output: 550 },
    listPrice([3, 3], [12_304, 3.75], [550, 15]),
  ],
  [
    'cache writes that live an hour cost twice the input',
    messages({
      input_tokens: 3,
      cache_creation_input_tokens: 5_424,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 5_424 },
      output_tokens: 40,
    }),
    { uncachedInput: 3, cacheWrite1h: 5_424, output: 40 },
    listPrice([3, 3], [5_424, 6], [40, 15]),
  ],
  [
    'a breakdown of zeros does not hide cache writes',
    messages({
      input_tokens: 3,
      cache_creation_input_tokens: 900,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: 4,
    }),
    { uncachedInput: 3, cacheWrite5m: 900, output: 4 },
    listPrice([3, 3], [900, 3.75], [4, 15]),
  ],
  [
    'output of the first event is part of the last',
    messagesStream(start({ input_tokens: 25, output_tokens: 1 }), delta({ output_tokens: 15 })),
    { uncachedInput: 25, output: 15 },
    listPrice([25, 3], [15, 15]),
  ],
  [
    'cache counts told twice are charged once',
    messagesStream(
      start({ input_tokens: 9, cache_creation_input_tokens: 80, cache_read_input_tokens: 500, output_tokens: 1 }),
      delta({ input_tokens: 9, cache_creation_input_tokens: 80, cache_read_input_tokens: 500, output_tokens: 15 }),
    ),
    { uncachedInput: 9, cacheRead: 500, cacheWrite5m: 80, output: 15 },
    listPrice([9, 3], [500, 0.3], [80, 3.75], [15, 15]),
  ],
  [
    'input that grows with searches is taken from the end, and the searches are charged',
    messagesStream(
      start({ input_tokens: 2_679, output_tokens: 3 }),
      delta({ input_tokens: 10_682, output_tokens: 510, server_tool_use: { web_search_requests: 2 } }),
    ),
    { uncachedInput: 10_682, output: 510 },
    listPrice([10_682, 3], [510, 15]) + 20_000_000,
  ],
  [
    'an empty first count is filled in by the last',
    messagesStream(start({ input_tokens: 0, output_tokens: 0 }), delta({ input_tokens: 74, output_tokens: 62 })),
    { uncachedInput: 74, output: 62 },
    listPrice([74, 3], [62, 15]),
  ],
  [
    'a zero at the end does not take back input',
    messagesStream(start({ input_tokens: 15, output_tokens: 1 }), delta({ input_tokens: 0, output_tokens: 9 })),
    { uncachedInput: 15, output: 9 },
    listPrice([15, 3], [9, 15]),
  ],
  [
    'zeros at the end do not take back what the cache did',
    messagesStream(
      start({ input_tokens: 15, cache_read_input_tokens: 700, cache_creation_input_tokens: 60, output_tokens: 1 }),
      delta({ input_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0, output_tokens: 9 }),
    ),
    { uncachedInput: 15, cacheRead: 700, cacheWrite5m: 60, output: 9 },
    listPrice([15, 3], [700, 0.3], [60, 3.75], [9, 15]),
  ],
  [
    'a null at the end does not take back input',
    messagesStream(start({ input_tokens: 15, output_tokens: 1 }), delta({ input_tokens: null, output_tokens: 9 })),
    { uncachedInput: 15, output: 9 },
    listPrice([15, 3], [9, 15]),
  ],
  [
    'tokens that move into the cache with the last report are not kept twice',
    messagesStream(
      start({ input_tokens: 700, cache_creation_input_tokens: 60, output_tokens: 1 }),
      delta({ input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 760, output_tokens: 9 }),
    ),
    { cacheRead: 760, output: 9 },
    listPrice([760, 0.3], [9, 15]),
  ],
])('%s', (_name, ...row) => meter.expectMetered(...row))
