import type { CallRecord } from '../../../shared/calls/call.ts'
import { usd } from '../../derive/format/amounts.ts'
import { isLive } from '../../state/snapshot.ts'

/** What a call cost; while it runs, what is held for it, which is neither a promise nor a bound. */
export function CallCost({ call }: { call: CallRecord }) {
  if (call.state === 'refused') return <span className="quiet small">not sent</span>
  if (!isLive(call.state)) return usd(call.costUsd)
  return (
    <span className="quiet" title="held until the true cost is known">
      <span className="small">held</span> {usd(call.heldUsd)}
    </span>
  )
}
