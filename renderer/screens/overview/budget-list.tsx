import type { BudgetStatus, Status } from '../../../shared/contract/contract.ts'
import { Bar } from '../../components/display/bar.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { inUnit } from '../../derive/format/amounts.ts'
import { gaugeOf, otherBudgets, scopeWords } from '../../derive/format/gauge.ts'
import { resetTime } from '../../derive/format/times.ts'
import { routeHash } from '../../state/route.ts'

const MAX_SHOWN = 6

/** Every budget but the headline's, the fullest first. */
export function BudgetList({ status }: { status: Status }) {
  const budgets = otherBudgets(status)
  const hidden = budgets.length - MAX_SHOWN
  return (
    <Panel
      title="Other budgets"
      aside={<a href={routeHash('policy')}>{hidden > 0 ? `${hidden} more` : 'Caps'}</a>}
      className="budgets"
    >
      <ul className="rows">
        {budgets.slice(0, MAX_SHOWN).map((budget) => (
          <BudgetRow key={`${budget.rule} ${budget.key ?? ''}`} budget={budget} status={status} />
        ))}
      </ul>
    </Panel>
  )
}

function BudgetRow({ budget, status }: { budget: BudgetStatus; status: Status }) {
  const gauge = gaugeOf(budget)
  const scope = budget.key ?? scopeWords(budget)
  const words = `${inUnit(budget.unit, budget.spent)} of ${inUnit(budget.unit, budget.limit)}`
  return (
    <li className="budget">
      <div className="row-line">
        <span className="row-name" title={scope ? `${budget.rule} · ${scope}` : budget.rule}>
          {budget.rule}
          {scope && <span className="quiet"> {scope}</span>}
        </span>
        <span className={`number level-text-${gauge.level}`}>{words}</span>
      </div>
      <Bar
        label={`${budget.rule}: ${words}`}
        value={gauge.spent}
        extra={gauge.held}
        marks={gauge.marks}
        level={gauge.level}
      />
      <div className="row-line small quiet">
        <span className="number">{inUnit(budget.unit, budget.left)} left</span>
        <span className="number">
          {budget.resetsAt
            ? `resets ${resetTime(budget.resetsAt, status.timezone, new Date(status.at).getTime())}`
            : 'rolling'}
        </span>
      </div>
      {budget.shared && <div className="small quiet">{budget.shared.sentence}</div>}
    </li>
  )
}
