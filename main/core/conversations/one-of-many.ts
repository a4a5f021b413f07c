import type { RecentCall } from '../policy/facts.ts'
import { isPrompt, type Loop } from './detect-loop.ts'

/**
 * Whether prompts that differ by their numbers alone stand among others of the same make: rows of a table, some of
 * which are alike, and no program that counts its attempts. `window` is everything since the first of them.
 */
export function isOneOfMany(window: readonly RecentCall[], self: RecentCall, loop: Loop): boolean {
  if (loop.kind !== 'same-prompt') return false
  const repeated = new Set(loop.callIds)
  const said = new Set([self, ...window.filter(({ callId }) => repeated.has(callId))].map(({ step }) => step?.exact))
  return said.size > 1 && window.filter((call) => isKin(call, self)).length >= loop.repeats
}

/** Another question of the same caller, asked in the same way. */
function isKin(call: RecentCall, self: RecentCall): boolean {
  return (
    call.thread !== self.thread &&
    call.pid === self.pid &&
    call.session === self.session &&
    call.agent === self.agent &&
    call.model === self.model &&
    call.messageFingerprints.length === self.messageFingerprints.length &&
    isPrompt(call.step)
  )
}
