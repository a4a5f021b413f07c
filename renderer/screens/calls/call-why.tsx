import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Why } from '../../../shared/contract/contract.ts'
import { causeWords, whyFacts } from '../../derive/calls/why-words.ts'
import { routeHash } from '../../state/route.ts'

/** Why one call cost what it did: its place in the conversation, the loop, the cache that was missed. */
export function CallWhy({ call, why }: { call: CallRecord; why: Why }) {
  const facts = whyFacts(why)
  return (
    <section aria-label="Why">
      <h3>Why: {causeWords(why)}</h3>
      <p>{why.sentence}</p>
      <p className="quiet">
        {facts.join(' · ')}
        {call.conversation !== null && (
          <>
            {facts.length > 0 && ' · '}
            <a href={routeHash('conversations', call.conversation)}>its conversation</a>
          </>
        )}
      </p>
    </section>
  )
}
