import type { ReactNode } from 'react'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { callWords, type Tone } from '../../derive/calls/call-words.ts'

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`badge tone-${tone}`}>{children}</span>
}

/** How a call stands, in a word; a running one has a beating dot. */
export function CallBadge({ call }: { call: CallRecord }) {
  const { label, tone } = callWords(call)
  return (
    <Badge tone={tone}>
      <span className="badge-dot" aria-hidden="true" />
      {label}
    </Badge>
  )
}
