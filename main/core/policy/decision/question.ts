import type { CallFacts } from '../../../../shared/calls/events.ts'
import type { RuleFinding } from './decide.ts'
import { describeCaller } from './sentences.ts'

/** What a person is asked of a held call: made once, shown in the window, the notification and the terminal. */
export function questionOf(call: CallFacts, { reason }: RuleFinding): string {
  const caller = describeCaller(call)
  const found = reason.replace(/\.$/, '')
  return found.startsWith(caller) ? `${found}: let it go on?` : `${caller}: ${found}: let it go on?`
}
