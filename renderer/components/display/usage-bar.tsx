import { formatTokens } from '../../../shared/values/format.ts'
import type { Usage } from '../../../shared/calls/usage.ts'
import { usageParts } from '../../derive/calls/usage-parts.ts'

/** A call's tokens as one stacked bar with its legend. */
export function UsageBar({ usage }: { usage: Usage }) {
  const parts = usageParts(usage)
  if (parts.length === 0) return <p className="nothing">No tokens were used.</p>
  return (
    <div className="usage">
      <div className="usage-bar" aria-hidden="true">
        {parts.map((part) => (
          <span key={part.bucket} className={`usage-part bucket-${part.bucket}`} style={{ flexGrow: part.share }} />
        ))}
      </div>
      <dl className="usage-legend">
        {parts.map((part) => (
          <div key={part.bucket}>
            <dt>
              <span className={`usage-swatch bucket-${part.bucket}`} aria-hidden="true" />
              {part.label}
            </dt>
            <dd>{formatTokens(part.tokens)}</dd>
          </div>
        ))}
        {usage.reasoning > 0 && (
          <div className="usage-inner">
            <dt>of it reasoning</dt>
            <dd>{formatTokens(usage.reasoning)}</dd>
          </div>
        )}
      </dl>
      {usage.source === 'estimated' && <p className="note">Counted here, because the provider did not report it.</p>}
    </div>
  )
}
