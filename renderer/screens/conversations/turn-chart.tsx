import { formatTokens } from '../../../shared/values/format.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { usd } from '../../derive/format/amounts.ts'
import { kindWords } from '../../derive/calls/call-words.ts'
import { FEWEST_REPEATS, type Turn, turnNotes } from '../../derive/calls/turns.ts'
import { routeHash } from '../../state/route.ts'

const PARTS = [
  ['cacheRead', 'Read from the cache', 'cacheRead'],
  ['cacheWrite', 'Written to the cache', 'cacheWrite5m'],
  ['uncached', 'Paid in full', 'uncachedInput'],
] as const

/** The context of each turn as a bar, with its money above; misses and repeated steps are marked. The table below says the same. */
export function TurnChart({ turns, window }: { turns: readonly Turn[]; window: number | null }) {
  const most = Math.max(1, ...turns.map(({ context }) => context))
  const mostNanos = Math.max(1, ...turns.map(({ costNanos }) => costNanos))
  const isNearWindow = window !== null && most > window / 3
  const top = isNearWindow ? Math.max(most, window) : most
  return (
    <figure className="turns" aria-label="Context and cost of each turn">
      <ul className="legend">
        {PARTS.map(([part, label, bucket]) => (
          <li key={part}>
            <i className={`series-colour bucket-${bucket}`} aria-hidden="true" />
            {label}
          </li>
        ))}
        <li>
          <i className="series-colour turn-mark" aria-hidden="true" />
          Cache missed
        </li>
        <li>
          <i className="series-colour turn-loop" aria-hidden="true" />
          Repeated step
        </li>
      </ul>
      <div className="turns-money" aria-hidden="true">
        {turns.map(({ call, costNanos }) => (
          <span key={call.id} style={{ height: `${(costNanos / mostNanos) * 100}%` }} />
        ))}
        <span className="turns-scale">{usd(exactUsd(mostNanos))}</span>
      </div>
      <div className="turns-context">
        {isNearWindow && (
          <span className="turns-window" style={{ top: `${(1 - window / top) * 100}%` }}>
            window {formatTokens(window)}
          </span>
        )}
        {turns.map((turn) => (
          <a
            key={turn.call.id}
            className={barClass(turn)}
            href={routeHash('calls', turn.call.id)}
            tabIndex={-1}
            aria-hidden="true"
            title={hintOf(turn)}
          >
            <span className="turn-stack" style={{ height: `${(turn.context / top) * 100}%` }}>
              {PARTS.map(([part, , bucket]) => (
                <span key={part} className={`bucket-${bucket}`} style={{ flexGrow: turn[part] }} />
              ))}
            </span>
          </a>
        ))}
        {top !== window && <span className="turns-scale">{formatTokens(top)}</span>}
      </div>
    </figure>
  )
}

function barClass({ isMiss, repeats, call }: Turn): string {
  return [
    'turn-bar',
    isMiss && 'is-miss',
    repeats >= FEWEST_REPEATS && 'is-loop',
    call.state === 'refused' && 'is-refused',
  ]
    .filter(Boolean)
    .join(' ')
}

function hintOf(turn: Turn): string {
  const { number, context, costNanos } = turn
  const name = number === null ? kindWords(turn.call.kind) : `Turn ${number}`
  return [name, `${formatTokens(context)} tokens`, usd(exactUsd(costNanos)), ...turnNotes(turn)].join(' · ')
}
