import { BUCKETS, type Bucket, type SpendFilter } from '../../shared/contract/explore.ts'

/** Whole days up to now, or from one moment to another: dates (the last one included) or ISO times. */
export type Range = { kind: 'today' | '7d' | '30d' | '90d' } | { kind: 'custom'; since: string; until: string }

/** What is looked at, as the address says it: so that a view can be kept, sent and gone back to. */
export interface Exploration {
  range: Range
  filter: SpendFilter
  by: string
  /** Null: as the range suggests. */
  bucket: Bucket | null
  /** The start of the bucket that is picked in the chart. */
  pick: string | null
  text: string
  states: string | null
  sort: string | null
}

const KINDS = ['today', '7d', '30d', '90d'] as const
const OWN = new Set(['range', 'since', 'until', 'by', 'bucket', 'pick', 'find', 'state', 'sort', 'raise'])

/** Reads an address leniently: what is no range is today. All that has no meaning of its own is a filter. */
export function parseExploration(query: string): Exploration {
  const asked = new URLSearchParams(query)
  const since = asked.get('since')
  const until = asked.get('until')
  const kind = KINDS.find((name) => name === asked.get('range')) ?? 'today'
  const filter: SpendFilter = {}
  // An empty value stands for what nobody named.
  for (const name of new Set(asked.keys()))
    if (!OWN.has(name)) filter[name] = asked.getAll(name).map((value) => (value === '' ? null : value))
  return {
    range: since && until ? { kind: 'custom', since, until } : { kind },
    filter,
    by: asked.get('by') ?? 'project',
    bucket: BUCKETS.find((name) => name === asked.get('bucket')) ?? null,
    pick: asked.get('pick'),
    text: asked.get('find') ?? '',
    states: asked.get('state'),
    sort: asked.get('sort'),
  }
}

/** The shortest address that says it. */
export function explorationQuery(exploration: Partial<Exploration>): string {
  const { range, filter = {}, by, bucket, pick, text, states, sort } = exploration
  const asked = new URLSearchParams()
  if (range?.kind === 'custom') {
    asked.set('since', range.since)
    asked.set('until', range.until)
  } else if (range && range.kind !== 'today') asked.set('range', range.kind)
  if (by && by !== 'project') asked.set('by', by)
  if (bucket) asked.set('bucket', bucket)
  if (pick) asked.set('pick', pick)
  if (text) asked.set('find', text)
  if (states) asked.set('state', states)
  if (sort) asked.set('sort', sort)
  for (const [name, values] of Object.entries(filter)) for (const value of values) asked.append(name, value ?? '')
  return asked.toString()
}
