import type { Policy, RuleBase } from '../../../../shared/rules/policy.ts'
import { guardNamed } from '../guards/registry.ts'
import { describeTier } from '../decision/tier-verdict.ts'

/** What a policy says about one thing that is not a rule, in words that can stand behind "changes from". */
type Said = (policy: Policy) => string

/** Everything at the top of a policy that changes what it does; a part that is added to the schema has to be added here. */
const PARTS: Record<Exclude<keyof Policy, 'rules' | 'schema'>, { name: string; says: Said }> = {
  version: { name: 'version', says: ({ version }) => String(version) },
  org: { name: 'organization', says: ({ org }) => org ?? 'none' },
  audience: { name: 'audience', says: ({ audience }) => audience ?? 'anybody' },
  issuedAt: { name: 'date of issue', says: ({ issuedAt }) => issuedAt ?? 'none' },
  expiresAt: { name: 'expiry', says: ({ expiresAt }) => expiresAt ?? 'never' },
  timezone: { name: 'time zone', says: ({ timezone }) => timezone },
  onUnavailable: {
    name: 'failure mode',
    says: ({ onUnavailable: { policy, ledger, gateway, shared } }) =>
      `policy ${policy}, ledger ${ledger}, gateway ${gateway}, shared budgets ${shared}`,
  },
  tiers: { name: 'model suggestions', says: ({ tiers }) => said(tiers.map(describeTier)) },
  raise: {
    name: 'raises',
    says: ({ raise }) => (raise === null ? 'none' : `up to $${raise.upToUsd}, ${raise.perDay} a day`),
  },
  hosts: { name: 'hosts', says: ({ hosts }) => said(hosts.map(({ host, provider }) => `${host} (${provider})`)) },
  prices: { name: 'prices', says: ({ prices }) => said(prices.map((price) => JSON.stringify(price))) },
  units: { name: 'charging to units', says: ({ units }) => said(units.map((unit) => JSON.stringify(unit))) },
  telemetry: { name: 'telemetry receiver', says: ({ telemetry }) => telemetry?.otlpUrl ?? 'none' },
  shared: {
    name: 'shared budgets',
    says: ({ shared }) => (shared === null ? 'none' : `${shared.url} (${shared.prefix})`),
  },
  keepDays: {
    name: 'retention',
    says: ({ keepDays }) => (keepDays === null ? 'as each machine says' : `${keepDays} days`),
  },
  hooks: { name: 'hooks', says: ({ hooks }) => said(hooks.map((hook) => JSON.stringify(hook))) },
  steering: {
    name: 'notices to agents',
    says: ({ steering }) =>
      steering === null ? 'none' : `at ${steering.at.map((share) => `${share * 100}%`).join(', ')}`,
  },
}

export interface PolicyChangeLine {
  kind: 'added' | 'removed' | 'changed' | 'setting'
  /** The rule it is about; null for a setting. */
  rule: string | null
  sentence: string
}

/** What changes between two policies, a sentence each: rules first. Empty when they do the same. */
export function policyDiff(before: Policy, after: Policy): PolicyChangeLine[] {
  const old = new Map(before.rules.map((rule) => [rule.id, rule]))
  const kept = new Map(after.rules.map((rule) => [rule.id, rule]))
  const lines: PolicyChangeLine[] = []
  for (const rule of before.rules)
    if (!kept.has(rule.id))
      lines.push({ kind: 'removed', rule: rule.id, sentence: `"${rule.id}" is removed: ${describe(rule)}.` })
  for (const rule of after.rules) {
    const known = old.get(rule.id)
    if (!known) lines.push({ kind: 'added', rule: rule.id, sentence: `"${rule.id}" is added: ${describe(rule)}.` })
    else if (JSON.stringify(sorted(known)) !== JSON.stringify(sorted(rule)))
      lines.push({ kind: 'changed', rule: rule.id, sentence: changeOf(known, rule) })
  }
  for (const part of Object.values(PARTS)) {
    const [was, is] = [part.says(before), part.says(after)]
    if (was !== is)
      lines.push({ kind: 'setting', rule: null, sentence: `The ${part.name} changes from ${was} to ${is}.` })
  }
  return lines
}

function changeOf(before: RuleBase, after: RuleBase): string {
  const [was, is] = [describe(before), describe(after)]
  if (was !== is) return `"${after.id}" changes. Before: ${was}. Now: ${is}.`
  const [old, now] = [before, after] as unknown as Record<string, unknown>[]
  const names = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])]
  const changed = names
    .filter((name) => JSON.stringify(old?.[name]) !== JSON.stringify(now?.[name]))
    .map((name) => `${name} from ${JSON.stringify(old?.[name] ?? null)} to ${JSON.stringify(now?.[name] ?? null)}`)
  return `"${after.id}" changes: ${changed.join(', ')}.`
}

function describe(rule: RuleBase): string {
  return guardNamed(rule.guard)?.describe(rule) ?? rule.guard
}

function said(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join('; ')
}

/** The same keys in the same order, however they were written. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
