import { afterAll, beforeAll, test } from 'vitest'
import { listPrice, type OddMeter, type Row, startOddMeter } from './meter-odd.ts'
import { openRouter, responses, responsesStream } from './odd-answers.ts'

let meter: OddMeter
beforeAll(async () => {
  meter = await startOddMeter()
})
afterAll(() => meter.stop())

test.each<Row>([
  [
    'an incomplete response of nothing but reasoning',
    responses({
      status: 'incomplete',
      usage: { input_tokens: 37, output_tokens: 16, output_tokens_details: { reasoning_tokens: 16 } },
    }),
    { uncachedInput: 37, output: 16, reasoning: 16 },
    listPrice([37, 1.25], [16, 10]),
  ],
  ...(['incomplete', 'failed', 'completed'] as const).map(
    (end): Row => [
      `usage of a stream that ends ${end}`,
      responsesStream({
        type: `response.${end}`,
        response: { status: end, usage: { input_tokens: 20, output_tokens: 60 } },
      }),
      { uncachedInput: 20, output: 60 },
      listPrice([20, 1.25], [60, 10]),
    ],
  ),
  [
    'priority asked, default served',
    responses(
      { service_tier: 'default', usage: { input_tokens: 1_000, output_tokens: 100 } },
      { service_tier: 'priority' },
    ),
    { uncachedInput: 1_000, output: 100 },
    listPrice([1_000, 1.25], [100, 10]),
  ],
  [
    'flex is half',
    responses({ service_tier: 'flex', usage: { input_tokens: 1_000, output_tokens: 100 } }, { service_tier: 'flex' }),
    { uncachedInput: 1_000, output: 100 },
    listPrice([1_000, 0.625], [100, 5]),
  ],
  [
    'searches of an answer are charged by piece',
    responses(
      {
        output: [
          { type: 'web_search_call', id: 'a', status: 'completed', action: { type: 'search', query: 'x' } },
          { type: 'web_search_call', id: 'b', status: 'completed', action: { type: 'search', query: 'y' } },
        ],
        usage: { input_tokens: 100, output_tokens: 40 },
      },
      { tools: [{ type: 'web_search' }] },
    ),
    { uncachedInput: 100, output: 40 },
    listPrice([100, 1.25], [40, 10]) + 20_000_000,
  ],
  [
    'the seller’s own cost in a response',
    openRouter({ usage: { input_tokens: 500, output_tokens: 20, cost: 0.00123 } }),
    { uncachedInput: 500, output: 20 },
    1_230_000,
  ],
])('%s', (_name, ...row) => meter.expectMetered(...row))
