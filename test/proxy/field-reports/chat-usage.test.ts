import { afterAll, beforeAll, test } from 'vitest'
import { listPrice, type OddMeter, type Row, startOddMeter } from './meter-odd.ts'
import { chatStream, chunk, counts, json, openRouterStream } from './odd-answers.ts'

let meter: OddMeter
beforeAll(async () => {
  meter = await startOddMeter()
})
afterAll(() => meter.stop())

test.each<Row>([
  [
    'null usage until the chunk without choices',
    chatStream(
      chunk(null),
      chunk(null, ''),
      chunk({ ...counts(113, 133), prompt_tokens_details: { cached_tokens: 0 } }, null),
    ),
    { uncachedInput: 113, output: 133 },
    listPrice([113, 2.5], [133, 10]),
  ],
  [
    'zero usage in each chunk until the last',
    chatStream(chunk(counts(0, 0)), chunk(counts(0, 0)), chunk(counts(40, 7), '')),
    { uncachedInput: 40, output: 7 },
    listPrice([40, 2.5], [7, 10]),
  ],
  [
    'a count that grows in every chunk is not summed',
    chatStream(chunk(counts(40, 1)), chunk(counts(40, 2)), chunk(counts(40, 3))),
    { uncachedInput: 40, output: 3 },
    listPrice([40, 2.5], [3, 10]),
  ],
  [
    'output that was known before a last report of input alone',
    chatStream(chunk(counts(40, 7)), chunk(counts(41, 0), null)),
    { uncachedInput: 41, output: 7 },
    listPrice([41, 2.5], [7, 10]),
  ],
  [
    'zero usage after the true one',
    chatStream(chunk(counts(40, 7)), chunk(counts(0, 0), null)),
    { uncachedInput: 40, output: 7 },
    listPrice([40, 2.5], [7, 10]),
  ],
  [
    'more cached and written than there was input',
    json('openai', {
      id: 'c',
      model: 'gpt-4o',
      choices: [],
      usage: { ...counts(10, 5), prompt_tokens_details: { cached_tokens: 25 } },
    }),
    { cacheRead: 10, output: 5 },
    listPrice([10, 1.25], [5, 10]),
  ],
  [
    'negative counts add nothing',
    json('openai', {
      id: 'c',
      model: 'gpt-4o',
      choices: [],
      usage: { ...counts(10, 5), prompt_tokens_details: { cached_tokens: -7 } },
    }),
    { uncachedInput: 10, output: 5 },
    listPrice([10, 2.5], [5, 10]),
  ],
  [
    'the seller’s own cost in a stream with comments before it',
    openRouterStream(chunk({ ...counts(500, 20), cost: 0.00123 }, null)),
    { uncachedInput: 500, output: 20 },
    1_230_000,
  ],
])('%s', (_name, ...row) => meter.expectMetered(...row))
