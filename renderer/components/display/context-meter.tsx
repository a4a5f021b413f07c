import { formatTokens } from '../../../shared/values/format.ts'
import { fraction, percent } from '../../derive/format/amounts.ts'
import type { Level } from '../../derive/format/gauge.ts'
import { Bar } from './bar.tsx'

/** Context beyond this part of its limit is about to be compacted or refused. */
const TIGHT = 0.85

/** Context against the policy's limit, or else the model's window; both, where the limit is the smaller. */
export function ContextMeter({
  tokens,
  window,
  limit,
}: {
  tokens: number
  window: number | null
  limit: number | null
}) {
  const whole = Math.min(limit ?? Number.POSITIVE_INFINITY, window ?? Number.POSITIVE_INFINITY)
  if (!Number.isFinite(whole)) return <span className="number">{formatTokens(tokens)}</span>
  const part = fraction(tokens, whole)
  const level: Level = part >= 1 ? 'stop' : part >= TIGHT ? 'warn' : 'calm'
  const against = limit !== null && limit <= (window ?? limit) ? 'limit' : 'window'
  const words = `${formatTokens(tokens)} of ${formatTokens(whole)} ${against}`
  return (
    <div className="context-meter">
      <div className="context-words">
        <span className="number">{words}</span>
        <span className={`number quiet level-text-${level}`}>{percent(part)}</span>
      </div>
      <Bar label={`Context: ${words}`} value={part} level={level} />
    </div>
  )
}
