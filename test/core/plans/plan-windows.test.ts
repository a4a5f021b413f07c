import { describe, expect, it } from 'vitest'
import { planSentence, planUsedUpAt, readPlanWindows } from '../../../main/core/plans/plan-windows.ts'

const NOW = Date.parse('2026-11-27T12:00:00Z')
const HOUR = 3_600_000
const inSeconds = (hours: number) => String((NOW + hours * HOUR) / 1_000)

describe('plan windows', () => {
  it("are read from each provider's headers", () => {
    expect(
      readPlanWindows(
        {
          'anthropic-ratelimit-unified-5h-utilization': '0.42',
          'anthropic-ratelimit-unified-5h-reset': inSeconds(2),
          'anthropic-ratelimit-unified-7d-utilization': '0.1',
          'anthropic-ratelimit-unified-7d-reset': inSeconds(100),
        },
        NOW,
      ),
    ).toEqual([
      { minutes: 300, used: 0.42, resetsAtMs: NOW + 2 * HOUR },
      { minutes: 10_080, used: 0.1, resetsAtMs: NOW + 100 * HOUR },
    ])
    const codex = { 'x-codex-primary-used-percent': '12.5', 'x-codex-primary-window-minutes': '300' }
    const expected = [{ minutes: 300, used: 0.125, resetsAtMs: NOW + HOUR }]
    expect(readPlanWindows({ ...codex, 'x-codex-primary-reset-after-seconds': '3600' }, NOW)).toEqual(expected)
    expect(readPlanWindows({ ...codex, 'x-codex-primary-reset-at': inSeconds(1) }, NOW)).toEqual(expected)
  })

  it.each([
    ['nothing', {}],
    ['no reset', { 'anthropic-ratelimit-unified-5h-utilization': '0.4' }],
    ['words', { 'anthropic-ratelimit-unified-5h-utilization': 'x', 'anthropic-ratelimit-unified-5h-reset': 'soon' }],
    [
      'less than none',
      { 'anthropic-ratelimit-unified-5h-utilization': '-1', 'anthropic-ratelimit-unified-5h-reset': inSeconds(1) },
    ],
    [
      'a reset that is over',
      { 'anthropic-ratelimit-unified-5h-utilization': '0.4', 'anthropic-ratelimit-unified-5h-reset': inSeconds(-1) },
    ],
    [
      'a reset beyond the window',
      { 'anthropic-ratelimit-unified-5h-utilization': '0.4', 'anthropic-ratelimit-unified-5h-reset': inSeconds(9) },
    ],
  ])('are left out where the headers say %s', (_what, headers: Record<string, string>) => {
    expect(readPlanWindows(headers, NOW)).toEqual([])
  })

  it.each([
    // Half used after one hour of five: the other half takes as long again.
    [0.5, 4, NOW + HOUR],
    // Half used after four hours lasts to the end.
    [0.5, 1, null],
    // The pace of the first minutes says nothing.
    [0.2, 4.9, null],
    [0.97, 0.01, NOW + 0.01 * HOUR],
    [1, 2, NOW],
  ])('at %d with %d h to go', (used, hours, expected) => {
    expect(planUsedUpAt({ minutes: 300, used, resetsAtMs: NOW + hours * HOUR }, NOW)).toBe(expected)
  })

  it('are told in a sentence', () => {
    const sentence = (minutes: number) => planSentence({ minutes, used: 0.42, resetsAtMs: NOW + 2 * HOUR }, 'UTC', NOW)
    expect(sentence(300)).toBe('5 h: 42 % used, resets 14:00 UTC')
    expect(sentence(10_080)).toMatch(/^7 days: 42 % used/)
  })
})
