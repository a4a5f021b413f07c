import type { CallRecord } from '../../../shared/calls/call.ts'
import { causeWords, whyFacts } from '../../derive/calls/why-words.ts'
import { findHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

/** Why one call cost what it did: its place in the conversation, the loop, the cache that was missed. */
export function CallWhy({ call }: { call: CallRecord }) {
  const { api } = useStore()
  const { value: why } = useAnswer(`${call.id} ${call.seq}`, () => api.why({ callId: call.id }))
  if (!why || why.cause === null) return null
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
            <a href={findHash(call.conversation)}>its conversation</a>
          </>
        )}
      </p>
    </section>
  )
}
