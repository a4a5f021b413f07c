import { exactUsd, formatUsd, type UsdNanos } from '../../../../shared/values/money.ts'
import type { Replay, ReplayTally } from '../../../../shared/rules/replay.ts'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { type TimeWindow, windowAt } from '../../../../shared/values/time-window.ts'
import { nanosOf } from '../../ledger/reports/rollup.ts'
import { guardNamed } from '../guards/registry.ts'
import { canReplay, type ReplayedCall } from './replay.ts'
import { counted, listed } from '../decision/sentences.ts'

interface Sums {
  refused: number
  refusedAgain: number
  asked: number
  slowed: number
  warned: number
  days: Set<number>
  first: ReplayTally['first']
  savedNanos: UsdNanos
  byProject: Map<string | null, Group>
  byDeveloper: Map<string | null, Group>
}

interface Group {
  refused: number
  savedNanos: UsdNanos
}

export interface ReplaySpan {
  sinceMs: number
  untilMs: number
  timeZone: string
}

/** Adds up what rules would have done to past calls: in all, and rule by rule. */
export class ReplayCount {
  readonly #rules: readonly RuleBase[]
  readonly #span: ReplaySpan
  readonly #total = noSums()
  readonly #byRule = new Map<string, Sums>()
  #calls = 0
  #day: TimeWindow | null = null

  constructor(rules: readonly RuleBase[], span: ReplaySpan) {
    this.#rules = rules
    this.#span = span
    for (const rule of rules) if (canReplay(rule)) this.#byRule.set(rule.id, noSums())
  }

  add(call: ReplayedCall): void {
    if (call.atMs < this.#span.sinceMs) return
    if (call.wasMade) this.#calls += 1
    const { refusedBy, askedBy, slowedBy, warnedBy } = call
    if (refusedBy !== null) this.#both(refusedBy, (sums) => this.#refuse(sums, call))
    if (!call.wasMade) return
    for (const [rules, name] of [
      [askedBy, 'asked'],
      [slowedBy, 'slowed'],
      [warnedBy, 'warned'],
    ] as const) {
      if (rules.length > 0) this.#total[name] += 1
      for (const rule of rules) this.#of(rule)[name] += 1
    }
    if (askedBy.length > 0) this.#note(this.#total, call)
    for (const rule of askedBy) this.#note(this.#of(rule), call)
  }

  result(): Replay {
    const { sinceMs, untilMs } = this.#span
    const total = written(this.#total)
    return {
      since: new Date(sinceMs).toISOString(),
      until: new Date(untilMs).toISOString(),
      calls: this.#calls,
      total,
      rules: this.#rules.flatMap((rule) => {
        const sums = this.#byRule.get(rule.id)
        const sentence = guardNamed(rule.guard)?.describe(rule) ?? ''
        return sums ? [{ id: rule.id, sentence, ...written(sums) }] : []
      }),
      limits: limitsOf(this.#rules),
      sentence: replaySentence(total, this.#calls, this.#span),
    }
  }

  #refuse(sums: Sums, call: ReplayedCall): void {
    if (!call.wasMade) {
      sums.refusedAgain += 1
      return
    }
    sums.refused += 1
    sums.savedNanos += call.costNanos
    this.#note(sums, call)
    const { project, developer } = call.record.attribution
    join(sums.byProject, project, call.costNanos)
    join(sums.byDeveloper, developer, call.costNanos)
  }

  /** The day on which it was, and whether it was the first. */
  #note(sums: Sums, { record, atMs }: ReplayedCall): void {
    if (!this.#day || atMs < this.#day.startMs || atMs >= this.#day.endMs)
      this.#day = windowAt({ calendar: 'day' }, this.#span.timeZone, atMs)
    sums.days.add(this.#day.startMs)
    sums.first ??= {
      callId: record.id,
      at: record.startedAt,
      project: record.attribution.project,
      model: record.responseModel ?? record.requestModel,
    }
  }

  #both(rule: string, change: (sums: Sums) => void): void {
    change(this.#total)
    change(this.#of(rule))
  }

  #of(rule: string): Sums {
    const known = this.#byRule.get(rule)
    if (known) return known
    const made = noSums()
    this.#byRule.set(rule, made)
    return made
  }
}

function noSums(): Sums {
  return {
    refused: 0,
    refusedAgain: 0,
    asked: 0,
    slowed: 0,
    warned: 0,
    days: new Set(),
    first: null,
    savedNanos: 0,
    byProject: new Map(),
    byDeveloper: new Map(),
  }
}

function join(groups: Map<string | null, Group>, key: string | null, nanos: UsdNanos): void {
  const group = groups.get(key)
  if (group) {
    group.refused += 1
    group.savedNanos += nanos
  } else groups.set(key, { refused: 1, savedNanos: nanos })
}

function written(sums: Sums): ReplayTally {
  return {
    refused: sums.refused,
    refusedAgain: sums.refusedAgain,
    asked: sums.asked,
    slowed: sums.slowed,
    warned: sums.warned,
    days: sums.days.size,
    first: sums.first,
    savedUsd: exactUsd(sums.savedNanos),
    byProject: groupsOf(sums.byProject),
    byDeveloper: groupsOf(sums.byDeveloper),
  }
}

function groupsOf(groups: Map<string | null, Group>): ReplayTally['byProject'] {
  return [...groups]
    .sort(([, a], [, b]) => b.savedNanos - a.savedNanos || b.refused - a.refused)
    .map(([key, { refused, savedNanos }]) => ({ key, refused, savedUsd: exactUsd(savedNanos) }))
}

/** What past calls do not tell of these rules. */
function limitsOf(rules: readonly RuleBase[]): string[] {
  const blind = rules.filter((rule) => !canReplay(rule)).map(({ id }) => id)
  return [
    ...(blind.length > 0
      ? [`${listed(blind, 'and')} cannot be replayed: past calls do not keep what such rules look at.`]
      : []),
    'Each call counts at what it cost in the end, so one that would have been shortened counts as refused; raises in that time are left out.',
  ]
}

/** `In the last 30 days it would have refused 14 calls on 3 days (first: 3 Nov 14:05, web) and saved $23.10.` */
function replaySentence(total: ReplayTally, calls: number, { sinceMs, untilMs, timeZone }: ReplaySpan): string {
  const days = Math.max(1, Math.round((untilMs - sinceMs) / 86_400_000))
  const span = days === 1 ? 'In the last day' : `In the last ${days} days`
  if (calls === 0) return `${span} no call was made, so there is nothing to compare with.`
  const first = total.first
    ? ` on ${counted(total.days, 'day')} (first: ${[moment(total.first.at, timeZone), total.first.project].filter(Boolean).join(', ')})`
    : ''
  if (total.refused > 0) {
    const asked = total.asked > 0 ? `, asked about ${counted(total.asked, 'call')}` : ''
    return `${span} it would have refused ${counted(total.refused, 'call')}${first}${asked} and saved ${formatUsd(nanosOf(total.savedUsd))}.`
  }
  if (total.asked > 0) return `${span} it would have asked about ${counted(total.asked, 'call')}${first}.`
  if (total.slowed > 0) return `${span} it would have slowed down ${counted(total.slowed, 'call')}.`
  if (total.warned > 0) return `${span} it would have warned of ${counted(total.warned, 'call')} and refused none.`
  return `${span} it would have let every call through.`
}

function moment(iso: string, timeZone: string): string {
  const date = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return date.format(Date.parse(iso)).replace(',', '')
}
