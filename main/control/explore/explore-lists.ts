import type { ClientRow, ProjectRow } from '../../../shared/contract/explore.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import { windowAt } from '../../../shared/values/time-window.ts'
import { isPaid, Sums } from '../../core/ledger/reports/explore-report.ts'
import { pastDays, type Step } from '../../core/ledger/reports/explore-steps.ts'
import { lastCallsOfProfiles } from '../../ledger/queries/call-list-queries.ts'
import { spanSums, stepCosts } from '../../ledger/queries/explore-queries.ts'
import { profilesOf } from '../../ledger/store/profiles.ts'
import type { ExploreFrame } from './explore.ts'

const DAYS = 30
const WEEK_DAYS = 7
/** Tools that were not seen for longer are told no more. */
const CLIENT_DAYS = 30
/** Calls of a tool that are looked at for how it came in. */
const LAST_CALLS = 20

/** Each project with what it spent today, in a week and in a month, and by whom. */
export function projectList({ database, timeZone, nowMs }: ExploreFrame): ProjectRow[] {
  const today = windowAt({ calendar: 'day' }, timeZone, nowMs)
  const days: Step[] = [
    ...pastDays(nowMs, DAYS - 1, timeZone).map(({ before, after }): Step => [before[0], after[1]]),
    [today.startMs, today.endMs],
  ]
  const dayNanos = new Map<string | null, number[]>()
  for (const { step, profile, costNanos } of stepCosts(database, days, { filter: {} }).filter(isPaid)) {
    const project = profile.values['project'] ?? null
    const nanos = dayNanos.get(project) ?? days.map(() => 0)
    dayNanos.set(project, nanos)
    nanos[step] = (nanos[step] ?? 0) + costNanos
  }
  const parts = spanSums(database, [days[0]![0], today.endMs], { filter: {} })
  const ofProject = new Map<string | null, typeof parts>()
  for (const part of parts) {
    const project = part.profile.values['project'] ?? null
    const own = ofProject.get(project)
    if (own) own.push(part)
    else ofProject.set(project, [part])
  }
  return [...ofProject]
    .map(([project, own]): ProjectRow => {
      const sums = new Sums()
      for (const part of own) sums.add(part)
      const nanos = dayNanos.get(project) ?? days.map(() => 0)
      const total = (count: number) => exactUsd(nanos.slice(-count).reduce((sum, day) => sum + day, 0))
      return {
        project,
        todayUsd: total(1),
        weekUsd: total(WEEK_DAYS),
        monthUsd: total(DAYS),
        calls: sums.written().calls,
        refused: sums.written().refused,
        dayNanos: nanos,
        branches: costliest(own, 'branch').map(([value, cost]) => ({ value, costUsd: exactUsd(cost) })),
        agents: costliest(own, 'agent', 'process').map(([value]) => value),
        topModel: costliest(own, 'model')[0]?.[0] ?? null,
      }
    })
    .sort((a, b) => Number(b.monthUsd) - Number(a.monthUsd) || b.calls - a.calls)
}

/** The values of a dimension (or of another, where it has none), the costliest first. */
function costliest(parts: ReturnType<typeof spanSums>, name: string, orElse = name): [string, number][] {
  const nanos = new Map<string, number>()
  for (const { profile, costNanos } of parts) {
    const value = profile.values[name] ?? profile.values[orElse]
    if (value !== undefined) nanos.set(value, (nanos.get(value) ?? 0) + costNanos)
  }
  return [...nanos].sort(([, a], [, b]) => b - a)
}

/** The tools that were seen, by agent or else by program, the latest first. */
export function clientList({ database, nowMs }: ExploreFrame): ClientRow[] {
  const sinceMs = nowMs - CLIENT_DAYS * 86_400_000
  const byName = new Map<string, { isAgent: boolean; ids: number[]; providers: Set<string>; projects: Set<string> }>()
  for (const [id, { values }] of profilesOf(database)) {
    const { agent, process = 'unknown program', provider, project } = values
    const name = agent ?? process
    const client = byName.get(name) ?? {
      isAgent: agent !== undefined,
      ids: [],
      providers: new Set<string>(),
      projects: new Set<string>(),
    }
    byName.set(name, client)
    client.ids.push(id)
    if (provider !== undefined) client.providers.add(provider)
    if (project !== undefined) client.projects.add(project)
  }
  const parts = spanSums(database, [Math.floor(sinceMs / 900_000) * 900_000, nowMs + 900_000], { filter: {} })
  return [...byName]
    .flatMap(([name, { isAgent, ids, providers, projects }]) => {
      const latest = lastCallsOfProfiles(database, ids, sinceMs, LAST_CALLS)
      const sums = new Sums()
      for (const part of parts)
        if ((part.profile.values['agent'] ?? part.profile.values['process'] ?? 'unknown program') === name)
          sums.add(part)
      const [last] = latest
      if (!last) return []
      return [
        {
          name,
          isAgent,
          vias: [...new Set(latest.flatMap(({ via }) => via ?? []))],
          providers: [...providers],
          projects: [...projects],
          calls: sums.calls,
          costUsd: exactUsd(sums.costNanos),
          lastCallId: last.id,
          lastCallAt: last.endedAt ?? last.startedAt,
          isReported: last.usage?.source === 'reported',
        } satisfies ClientRow,
      ]
    })
    .sort((a, b) => ((a.lastCallAt ?? '') < (b.lastCallAt ?? '') ? 1 : -1))
}
