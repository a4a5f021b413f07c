import type { Refusal, RefusalCode } from '../../../shared/calls/verdict.ts'
import type { RefusalContext } from '../../../main/core/providers/types/provider.ts'

/** A refusal with all its numbers. */
export function refusalContext(code: RefusalCode, parts: Partial<Refusal> = {}): RefusalContext {
  const refusal: Refusal = {
    code,
    message: 'Spend cap reached: $10.00 of $10.00 today, resets 00:00 Europe/Paris.',
    rule: 'daily',
    policyVersion: 14,
    spentUsd: '10.000000000',
    heldUsd: '0.000000000',
    limitUsd: '10.00',
    resetsAt: '2026-11-24T23:00:00.000Z',
    retryAfterSeconds: code === 'rate-limited' ? 12 : null,
    contextTokens: code === 'context-too-large' ? 210_000 : null,
    contextLimit: code === 'context-too-large' ? 200_000 : null,
    ...parts,
  }
  return { refusal, callId: 'call-1', model: 'gpt-5', headers: {} }
}
