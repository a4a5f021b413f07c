import type { CallRecord } from '../../../shared/calls/call.ts'
import type { Why } from '../../../shared/contract/contract.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'

/** Why a call cost what it did; null while it runs, and for one that was refused, whose refusal says it. */
export function useWhy(call: CallRecord | null): Why | null {
  const { api } = useStore()
  const isOver = call !== null && call.endedAt !== null && call.state !== 'refused'
  const { value } = useAnswer(isOver ? `${call.id} ${call.seq}` : '', async () =>
    isOver ? api.why({ callId: call.id }) : null,
  )
  return isOver && value && value.cause !== null ? value : null
}
