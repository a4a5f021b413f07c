import { afterAll, beforeAll, test } from 'vitest'
import { listPrice, type OddMeter, type Row, startOddMeter } from './meter-odd.ts'
import { gemini, geminiStream, vertex } from './odd-answers.ts'

let meter: OddMeter
beforeAll(async () => {
  meter = await startOddMeter()
})
afterAll(() => meter.stop())

test.each<Row>([
  [
    'thinking apart from the candidates',
    gemini({ promptTokenCount: 55_021, candidatesTokenCount: 923, totalTokenCount: 56_729, thoughtsTokenCount: 785 }),
    { uncachedInput: 55_021, output: 1_708, reasoning: 785 },
    listPrice([55_021, 0.3], [1_708, 2.5]),
  ],
  [
    'what a tool fetched is input',
    gemini({
      promptTokenCount: 151,
      candidatesTokenCount: 1_089,
      totalTokenCount: 20_689,
      toolUsePromptTokenCount: 18_329,
      thoughtsTokenCount: 1_120,
    }),
    { uncachedInput: 18_480, output: 2_209, reasoning: 1_120 },
    listPrice([18_480, 0.3], [2_209, 2.5]),
  ],
  [
    'audio costs its own rate',
    gemini({
      promptTokenCount: 1_000,
      candidatesTokenCount: 10,
      totalTokenCount: 1_010,
      promptTokensDetails: [
        { modality: 'AUDIO', tokenCount: 900 },
        { modality: 'TEXT', tokenCount: 100 },
      ],
    }),
    { uncachedInput: 1_000, audioInput: 900, output: 10 },
    listPrice([100, 0.3], [900, 1], [10, 2.5]),
  ],
  [
    'usage that grows from chunk to chunk and starts without candidates',
    geminiStream(
      { promptTokenCount: 13_919, thoughtsTokenCount: 72, totalTokenCount: 13_991 },
      {
        promptTokenCount: 13_919,
        candidatesTokenCount: 1,
        thoughtsTokenCount: 270,
        totalTokenCount: 14_190,
        cachedContentTokenCount: 10_842,
      },
      {
        promptTokenCount: 13_919,
        candidatesTokenCount: 33,
        thoughtsTokenCount: 270,
        totalTokenCount: 14_222,
        cachedContentTokenCount: 10_842,
      },
    ),
    { uncachedInput: 3_077, cacheRead: 10_842, output: 303, reasoning: 270 },
    listPrice([3_077, 0.3], [10_842, 0.03], [303, 2.5]),
  ],
  [
    'flex told as a kind of traffic',
    gemini({
      promptTokenCount: 4_061,
      candidatesTokenCount: 25,
      totalTokenCount: 4_086,
      trafficType: 'ON_DEMAND_FLEX',
    }),
    { uncachedInput: 4_061, output: 25 },
    listPrice([4_061, 0.15], [25, 1.25]),
  ],
  [
    'priority told as a kind of traffic',
    gemini({
      promptTokenCount: 4_061,
      candidatesTokenCount: 25,
      totalTokenCount: 4_086,
      trafficType: 'ON_DEMAND_PRIORITY',
    }),
    { uncachedInput: 4_061, output: 25 },
    listPrice([4_061, 0.54], [25, 4.5]),
  ],
  ...(['google', 'extra'] as const).map(
    (way): Row => [
      `flex told by Vertex (${way})`,
      vertex(way, 'ON_DEMAND_FLEX'),
      { uncachedInput: 4_061, output: 25 },
      listPrice([4_061, 0.15], [25, 1.25]),
    ],
  ),
  [
    'what was paid in advance is no tier',
    gemini({
      promptTokenCount: 4_061,
      candidatesTokenCount: 25,
      totalTokenCount: 4_086,
      trafficType: 'PROVISIONED_THROUGHPUT',
    }),
    { uncachedInput: 4_061, output: 25 },
    listPrice([4_061, 0.3], [25, 2.5]),
  ],
  [
    'ordinary traffic is no tier',
    gemini({ promptTokenCount: 4_061, candidatesTokenCount: 25, totalTokenCount: 4_086, trafficType: 'ON_DEMAND' }),
    { uncachedInput: 4_061, output: 25 },
    listPrice([4_061, 0.3], [25, 2.5]),
  ],
])('%s', (_name, ...row) => meter.expectMetered(...row))
