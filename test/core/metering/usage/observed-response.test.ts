import { expect, test } from 'vitest'
import { responsesReader } from '../../../../main/core/providers/readers/responses-reader.ts'
import { chatReader } from '../../../../main/core/providers/readers/chat-reader.ts'

const search = { type: 'web_search_call' }

test('searches that the usage reports are not counted a second time from the answer', () => {
  const reader = responsesReader()
  const usage = { input_tokens: 9, output_tokens: 1, server_side_tool_usage_details: { web_search_calls: 2 } }
  reader.body({ status: 'completed', output: [search, search], usage }, {}, 200)
  expect(reader.reading().toolUses).toEqual({ web_search: 2 })
})

test('searches that no usage reports are counted from the answer', () => {
  const reader = responsesReader()
  reader.body({ status: 'completed', output: [search, search], usage: { input_tokens: 9, output_tokens: 1 } }, {}, 200)
  expect(reader.reading().toolUses).toEqual({ web_search: 2 })
})

test.each([
  ['a cost in ticks is the provider’s word', 1_721_250, 172_125],
  ['an empty cost beside tokens is nobody’s word: Azure passes the field on', 0, null],
])('%s', (_name, ticks, nanos) => {
  const reader = chatReader()
  reader.body({ usage: { prompt_tokens: 7, completion_tokens: 8, cost_in_usd_ticks: ticks } }, {}, 200)
  expect(reader.reading().providerCostNanos).toBe(nanos)
})
