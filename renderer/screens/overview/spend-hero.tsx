import { useEffect, useMemo, useState } from 'react'
import type { Status } from '../../../shared/contract/contract.ts'
import { formatReset } from '../../../shared/values/format.ts'
import { ArcGauge } from '../../components/charts/arc-gauge.tsx'
import { Button } from '../../components/controls/button.tsx'
import { RaiseDialog } from '../../components/dialogs/raise-dialog.tsx'
import { SpendChart } from '../../components/charts/spend-chart.tsx'
import { nanosOf, usd } from '../../derive/format/amounts.ts'
import { type Gauge, gaugeOf, headlineBudget } from '../../derive/format/gauge.ts'
import { type Rise, risesOf } from '../../derive/spend/rises.ts'
import { spendCurve } from '../../derive/spend/spend-curve.ts'
import { clock, until } from '../../derive/format/times.ts'
import { spentToday } from '../../derive/spend/today.ts'
import { go } from '../../state/route.ts'
import type { Today } from '../../state/use-today.ts'
import { CapDialog } from '../caps/cap-dialog.tsx'
import { RiseSentence } from './rise-sentence.tsx'

const NO_CAP: Gauge = { spent: 0, held: 0, marks: [], level: 'calm' }

/** The answer to the first question: how much is gone today, how much is left, and how fast it goes. */
export function SpendHero({ status, today, raises }: { status: Status; today: Today; raises: boolean }) {
  const { spend, timezone } = status
  const budget = headlineBudget(status)
  const total = spentToday(status, today.byProject, today.nowMs)
  const [raising, setRaising] = useState(raises)
  const [setting, setSetting] = useState(false)
  const [picked, setPicked] = useState<Rise | null>(null)
  useEffect(() => {
    if (!raises) return
    setRaising(true)
    // So that the same link opens it again.
    go('overview')
  }, [raises])
  const { startMs, endMs, nowMs, series } = today
  const curve = useMemo(
    () =>
      spendCurve(series ?? { stepMs: 1, points: [] }, {
        startMs,
        endMs,
        nowMs,
        // With nothing left, nothing more is spent: the pace has no future to show.
        burnUsdPerHour: spend.leftUsd !== null && nanosOf(spend.leftUsd) === 0 ? '0' : spend.burnUsdPerHour,
        limitUsd: spend.limitUsd,
      }),
    [series, startMs, endMs, nowMs, spend.burnUsdPerHour, spend.leftUsd, spend.limitUsd],
  )
  const rises = useMemo(() => risesOf(series, startMs, nowMs), [series, startMs, nowMs])

  return (
    <section className="hero" aria-label="Today">
      <div className="hero-gauge">
        <ArcGauge
          gauge={budget ? reachedGauge(gaugeOf(budget), spend.reached != null) : NO_CAP}
          label={status.sentence}
        >
          <span className="hero-caption">Spent today</span>
          <span className="hero-amount number" data-testid="spent-today">
            {usd(total)}
          </span>
          {budget ? (
            <span className="hero-of number">
              {usd(spend.leftUsd)} left of {usd(budget.limit)}
              {nanosOf(budget.raised) > 0 && ` + ${usd(budget.raised)}`}
            </span>
          ) : (
            <span className="hero-of">no cap</span>
          )}
        </ArcGauge>
        <p className="hero-reset">
          {budget ? (
            <>
              <span>
                <strong>{budget.rule}</strong>
                {nanosOf(total) !== nanosOf(spend.spentUsd) && (
                  <span className="number"> · {usd(spend.spentUsd)} spent</span>
                )}
              </span>
              <span className="quiet number" title={until(spend.resetsAt, today.nowMs)}>
                resets {formatReset(Date.parse(spend.resetsAt), timezone, today.nowMs)}
              </span>
              {budget.shared && <span className="quiet">{budget.shared.sentence}</span>}
            </>
          ) : (
            <span className="quiet">Calls are metered, and none is refused.</span>
          )}
        </p>
        {!budget && (
          <Button variant="primary" icon="add" className="hero-invite" onClick={() => setSetting(true)}>
            Set a daily cap
          </Button>
        )}
      </div>
      <div className="hero-main">
        <div className="facts-line">
          <dl className="facts">
            <Fact name="Spending" value={`${usd(spend.burnUsdPerHour)}/h`} />
            <Fact name="Held by running calls" value={usd(spend.heldUsd)} />
            <Fact name="At this pace" value={paceWords(status)} level={paceLevel(status)} />
          </dl>
          {budget && (
            <div className="facts-actions">
              <Button icon="raise" onClick={() => setRaising(true)}>
                Raise
              </Button>
            </div>
          )}
        </div>
        <SpendChart
          curve={curve}
          limitUsd={spend.limitUsd === null ? null : Number(spend.limitUsd)}
          timeZone={timezone}
          summary={`Spend today up to ${clock(today.nowMs, timezone)}: ${usd(total)}`}
          rises={rises}
          picked={picked}
          onPick={setPicked}
        />
        {rises.length > 0 && (
          <RiseSentence
            sinceMs={startMs}
            nowMs={nowMs}
            picked={picked}
            timeZone={timezone}
            onLetGo={() => setPicked(null)}
          />
        )}
      </div>
      {setting && <CapDialog start={{ kind: 'new' }} onClose={() => setSetting(false)} />}
      {raising && budget && <RaiseDialog rule={budget.rule} onClose={() => setRaising(false)} />}
    </section>
  )
}

/** A cap with no room for another call looks as worrying as one that is spent to the last cent. */
function reachedGauge(gauge: Gauge, isReached: boolean): Gauge {
  return isReached ? { ...gauge, level: 'stop' } : gauge
}

function paceWords({ spend, timezone }: Status): string {
  if (spend.limitUsd === null) return 'no cap to reach'
  if (spend.reached) return 'cap reached'
  if (nanosOf(spend.leftUsd) === 0) return 'all spent or held'
  return spend.capReachedAt ? `cap at ${clock(spend.capReachedAt, timezone)}` : 'within the cap'
}

function paceLevel({ spend }: Status): 'calm' | 'warn' | 'stop' {
  if (spend.reached) return 'stop'
  return spend.capReachedAt ? 'warn' : 'calm'
}

function Fact({ name, value, level = 'calm' }: { name: string; value: string; level?: 'calm' | 'warn' | 'stop' }) {
  return (
    <div className={`fact level-text-${level}`}>
      <dt>{name}</dt>
      <dd className="number">{value}</dd>
    </div>
  )
}
