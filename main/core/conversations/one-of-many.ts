import type { RecentCall } from '../policy/decision/facts.ts'
import { isPrompt, type Loop } from './detect-loop.ts'

/**
 * Whether a repeated prompt stands among enough others of the same make, most of them new: rows of a table, messages of
 * a chat, some of which are alike. `window` is everything since the first of them.
 */
export function isOneOfMany(window: readonly RecentCall[], self: RecentCall, loop: Loop): boolean {
  if (loop.kind !== 'same-prompt') return false
  const others = window.filter((call) => isKin(call, self))
  const distinct = new Set(others.map(({ step }) => step?.exact)).size
  return distinct >= loop.repeats && distinct > others.length / 2
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
    // With more than the question itself, what the model is told to be comes first.
    (self.messageFingerprints.length === 1 || call.messageFingerprints[0] === self.messageFingerprints[0]) &&
    isPrompt(call.step)
  )
}
