import type { BudgetStatus } from '../../../shared/contract/contract.ts'
import type { ProjectRow } from '../../../shared/contract/explore.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Bar } from '../../components/display/bar.tsx'
import { Nothing } from '../../components/display/panel.tsx'
import { Sparkline } from '../../components/charts/sparkline.tsx'
import { fraction, inUnit, magnitude, usd } from '../../derive/format/amounts.ts'
import { shortModel } from '../../derive/calls/call-filter.ts'
import { projectBudget } from '../../derive/spend/project-budget.ts'
import { capHash } from '../../state/cap-link.ts'
import { explorationQuery } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { usePacedVersion } from '../../state/use-paced-version.ts'

const MAX_BRANCHES = 4
const MAX_AGENTS = 3
/** Asked as seldom as a month of sums deserves. */
const MONTH = { sinceMs: 0, untilMs: 30 * 86_400_000 }

/** Each project with what it spent, by whom and how it went in the last month. */
export function ProjectsScreen() {
  const { api } = useStore()
  const status = useSnapshot((snapshot) => snapshot.status)
  const version = usePacedVersion(MONTH)
  const { value: projects, error } = useAnswer(`${version}`, () => api.explore.projects())
  return (
    <div className="stack">
      {error && <Banner level="warn" title="The projects could not be read" body={error} />}
      {projects?.length === 0 && (
        <div className="panel">
          <Nothing>No project spent anything in 30 days. A project is the repository that a call is made from.</Nothing>
        </div>
      )}
      <div className="cards">
        {projects?.map((project) => (
          <Project
            key={project.project}
            project={project}
            budget={projectBudget(status?.budgets ?? [], project.project)}
          />
        ))}
      </div>
    </div>
  )
}

function Project({ project, budget }: { project: ProjectRow; budget: BudgetStatus | null }) {
  const { project: name, dayNanos, branches, agents, topModel } = project
  const filter = { project: [name] }
  return (
    <section className="panel card" aria-label={name ?? 'no project'}>
      <header className="card-head">
        <h2>
          <a
            className="plain-link"
            href={routeHash('spend', null, explorationQuery({ range: { kind: '30d' }, by: 'branch', filter }))}
          >
            {name ?? 'no project'}
          </a>
        </h2>
        <Sparkline values={dayNanos} label={`Spend a day over 30 days, ${usd(project.monthUsd)} in all`} />
      </header>
      <dl className="card-sums number">
        {(
          [
            ['Today', project.todayUsd, 'today'],
            ['7 days', project.weekUsd, '7d'],
            ['30 days', project.monthUsd, '30d'],
          ] as const
        ).map(([label, amount, kind]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              <a className="plain-link" href={routeHash('calls', null, explorationQuery({ range: { kind }, filter }))}>
                {usd(amount)}
              </a>
            </dd>
          </div>
        ))}
      </dl>
      <dl className="card-facts">
        {branches.length > 0 && (
          <div>
            <dt>Branches</dt>
            <dd>
              {branches.slice(0, MAX_BRANCHES).map(({ value, costUsd }) => (
                <a
                  key={value}
                  className="chip-link"
                  title={usd(costUsd)}
                  href={routeHash(
                    'calls',
                    null,
                    explorationQuery({ range: { kind: '30d' }, filter: { ...filter, branch: [value] } }),
                  )}
                >
                  {value}
                </a>
              ))}
              {branches.length > MAX_BRANCHES && <span className="quiet">+{branches.length - MAX_BRANCHES}</span>}
            </dd>
          </div>
        )}
        <div>
          <dt>Agents</dt>
          <dd>{listed(agents)}</dd>
        </div>
        <div>
          <dt>Top model</dt>
          <dd>{topModel === null ? '–' : shortModel(topModel)}</dd>
        </div>
        <div>
          <dt>Cap</dt>
          <dd>{budget ? <Cap budget={budget} /> : <NoCap name={name} />}</dd>
        </div>
      </dl>
    </section>
  )
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return '–'
  const more = names.length - MAX_AGENTS
  return names.slice(0, MAX_AGENTS).join(', ') + (more > 0 ? ` +${more}` : '')
}

function Cap({ budget }: { budget: BudgetStatus }) {
  const { unit, limit, raised, spent, rule } = budget
  const whole = magnitude(unit, limit) + magnitude(unit, raised)
  const part = fraction(magnitude(unit, spent), whole)
  const words = `${inUnit(unit, spent)} of ${inUnit(unit, limit)}`
  return (
    <span className="card-cap" title={rule}>
      <span className="number">{words}</span>
      <Bar label={words} value={part} level={part >= 1 ? 'stop' : part >= 0.8 ? 'warn' : 'calm'} />
    </span>
  )
}

function NoCap({ name }: { name: string | null }) {
  if (name === null) return '–'
  return (
    <a href={capHash({ project: [name] })} aria-label={`Set a cap for ${name}`}>
      Set a cap
    </a>
  )
}
