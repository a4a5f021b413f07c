import type { Policy, RuleBase, Tier } from '../../../../shared/rules/policy.ts'
import type { Settings } from '../../../../shared/rules/settings.ts'
import { parseRules } from './parse-policy.ts'

/** The rules in force, and whose they are. */
export interface RulesInForce {
  /** Null without a policy. */
  version: number | null
  timeZone: string
  /** Whether the policy grants raises, for the sentence of a refusal. */
  mayRaise: boolean
  rules: readonly RuleBase[]
  /** What the policy suggests instead of dear models; none when left out. */
  tiers?: readonly Tier[]
  /** Ids of the rules that are the developer's own. */
  own: ReadonlySet<string>
}

export const NO_RULES: RulesInForce = { version: null, timeZone: 'UTC', mayRaise: false, rules: [], own: new Set() }

/**
 * The policy's rules and the developer's own beside them: own rules can only add limits, never take one away.
 * `localZone` is the machine's time zone, which `local` stands for.
 */
export function rulesInForce(
  policy: Policy | null,
  settings: Pick<Settings, 'rules' | 'timezone'>,
  localZone: string,
): RulesInForce {
  const policyRules = policy?.rules ?? []
  const taken = new Set(policyRules.map((rule) => rule.id))
  // The settings were checked when they were read, so these parse.
  const own = parseRules(settings.rules).rules.map(
    (rule): RuleBase => (taken.has(rule.id) ? { ...rule, id: `own/${rule.id}` } : rule),
  )
  const timeZone = policy?.timezone ?? settings.timezone
  return {
    version: policy?.version ?? null,
    timeZone: timeZone === 'local' ? localZone : timeZone,
    mayRaise: policy?.raise !== null && policy?.raise !== undefined,
    rules: [...policyRules, ...own],
    tiers: policy?.tiers ?? [],
    own: new Set(own.map((rule) => rule.id)),
  }
}
