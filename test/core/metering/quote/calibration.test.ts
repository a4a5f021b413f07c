import { describe, expect, test } from 'vitest'
import { type CallObservation, createCalibration, UNLEARNED } from '../../../../main/core/metering/quote/calibration.ts'

const observation: CallObservation = {
  provider: 'openai',
  model: 'gpt-5-mini',
  kind: 'prompt',
  estimatedInputTokens: 1_000,
  reportedInputTokens: 1_200,
  outputTokens: 300,
  reasoningTokens: 100,
  roughOutputTokens: 1_000,
  readableTokens: 0,
  cacheReadTokens: 0,
}

describe('calibration', () => {
  test('knows nothing at first, and says so', () => {
    const calibration = createCalibration()
    expect(calibration.forModel('openai', 'gpt-5-mini', 'prompt')).toEqual(UNLEARNED)
    expect(calibration.forModel('openai', null, null)).toEqual(UNLEARNED)
  })

  test('learns the ratios of a model from some calls, and its usual output from several', () => {
    const calibration = createCalibration()
    calibration.learn(observation)
    const once = calibration.forModel('openai', 'gpt-5-mini', 'prompt')
    expect(once).toMatchObject({ inputRatio: 1, outputRatio: 1, samples: 1 })
    expect(once.hiddenShare).toBeCloseTo(1 / 3)
    expect(once.expectedOutput).toBeGreaterThan(300)
    expect(once.highOutput).toBe(UNLEARNED.highOutput)
    for (let call = 0; call < 9; call++) calibration.learn(observation)
    expect(calibration.forModel('openai', 'gpt-5-mini', 'prompt')).toMatchObject({
      inputRatio: 1.2,
      expectedOutput: 300,
      highOutput: 330,
      samples: 10,
    })
    expect(calibration.forModel('openai', 'gpt-5', 'prompt')).toEqual(UNLEARNED)
  })

  test('tells kinds of calls apart once each was seen often enough', () => {
    const calibration = createCalibration()
    for (let call = 0; call < 20; call++) {
      calibration.learn({ ...observation, kind: 'tool-loop', outputTokens: 100 })
      calibration.learn({ ...observation, kind: 'prompt', outputTokens: 2_000 })
    }
    calibration.learn({ ...observation, kind: 'auxiliary', outputTokens: 5 })
    expect(calibration.forModel('openai', 'gpt-5-mini', 'tool-loop').expectedOutput).toBe(100)
    expect(calibration.forModel('openai', 'gpt-5-mini', 'prompt').expectedOutput).toBe(2_000)
    const rare = calibration.forModel('openai', 'gpt-5-mini', 'auxiliary')
    expect(rare.expectedOutput).toBe(calibration.forModel('openai', 'gpt-5-mini', null).expectedOutput)
  })

  test('follows a change of habits and forgets what is old', () => {
    const calibration = createCalibration()
    for (let call = 0; call < 50; call++) calibration.learn({ ...observation, outputTokens: 10_000 })
    for (let call = 0; call < 64; call++) calibration.learn({ ...observation, outputTokens: 100 })
    expect(calibration.forModel('openai', 'gpt-5-mini', 'prompt')).toMatchObject({
      expectedOutput: 101,
      highOutput: 111,
    })
  })

  test('is not misled by input that it did not see, nor by short calls', () => {
    const calibration = createCalibration()
    calibration.learn({ ...observation, reportedInputTokens: 90_000 })
    calibration.learn({ ...observation, estimatedInputTokens: 12, reportedInputTokens: 20 })
    calibration.learn({ ...observation, reportedInputTokens: null, outputTokens: null })
    expect(calibration.forModel('openai', 'gpt-5-mini', null).inputRatio).toBe(1)
  })

  test('keeps a bounded number of models, the newest', () => {
    const calibration = createCalibration()
    for (let model = 0; model < 1_000; model++) calibration.learn({ ...observation, model: `made-up-${model}` })
    expect(calibration.forModel('openai', 'made-up-0', null)).toEqual(UNLEARNED)
    expect(calibration.forModel('openai', 'made-up-999', null).samples).toBe(1)
  })

  test('counts on a cache for no more than it has kept every time of late, and on nothing before it was seen', () => {
    const calibration = createCalibration()
    const share = () => calibration.forModel('openai', 'gpt-5-mini', null).cacheShare
    const reported = (cacheReadTokens: number) =>
      calibration.learn({ ...observation, readableTokens: 1_000, cacheReadTokens })
    calibration.learn(observation)
    expect(share()).toBe(0)
    reported(1_000)
    expect(share()).toBe(1)
    reported(0)
    expect(share()).toBe(0)
    for (let call = 0; call < 15; call += 1) reported(900)
    expect(share()).toBe(0.9)
  })

  test('takes the highest count of late for the worst', () => {
    const calibration = createCalibration()
    for (const reportedInputTokens of [1_000, 1_300, 900]) calibration.learn({ ...observation, reportedInputTokens })
    expect(calibration.forModel('openai', 'gpt-5-mini', null).highInputRatio).toBe(1.3)
  })
})
