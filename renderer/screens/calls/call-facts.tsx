import type { CallRecord } from '../../../shared/calls/call.ts'
import { formatDuration } from '../../../shared/values/format.ts'
import { kindWords } from '../../derive/calls/call-words.ts'

export function CallFacts({ call }: { call: CallRecord }) {
  const facts: [string, string | null][] = [
    ['Provider', `${call.provider} · ${call.api}`],
    ['Kind', call.attempt > 1 ? `${kindWords(call.kind)}, attempt ${call.attempt}` : kindWords(call.kind)],
    ['Asked for', call.requestModel === call.responseModel ? null : call.requestModel],
    ['First byte', call.firstByteMs === null ? null : formatDuration(call.firstByteMs)],
    ['Took', call.durationMs === null ? null : formatDuration(call.durationMs)],
    ['HTTP status', call.httpStatus === null ? null : String(call.httpStatus)],
    ['Conversation', call.conversation],
    ['Call', call.id],
  ]
  return (
    <section>
      <h3>Details</h3>
      <dl className="pairs">
        {facts.map(
          ([name, value]) =>
            value !== null && (
              <div key={name}>
                <dt>{name}</dt>
                <dd className="number" title={value}>
                  {value}
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  )
}
