import { expect, test } from 'vitest'
import { anthropicTier } from '../../../main/core/metering/usage-reports/anthropic-usage.ts'

test('speed and geography stand beside the service tier, because each changes the price', () => {
  expect(anthropicTier({ service_tier: 'standard', inference_geo: 'not_available' })).toBe('standard')
  expect(anthropicTier({ service_tier: 'standard', inference_geo: 'us', speed: 'fast' })).toBe('standard+fast+us')
  expect(anthropicTier({ speed: 'fast' })).toBe('fast')
  expect(anthropicTier({ output_tokens: 12 })).toBeNull()
})
