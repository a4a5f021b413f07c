import type { Policy, RuleBase, Tier } from '../../../../shared/rules/policy.ts'
import type { Settings } from '../../../../shared/rules/settings.ts'
import type { RuleOrigin } from '../../../../shared/rules/replay.ts'
import { parseRules } from './parse-policy.ts'

/** The rules in force, and whose they are. */
export interface RulesInForce {
  /** Null without a policy. */
  version: number | null
  timeZone: string
  /** Whether the policy grants raises, for the sentence of a refusal. */
  mayRaise: boolean
  rules: readonly RuleBase[]
  /** Cheaper models that the policy suggests; none when left out. */
  tiers?: readonly Tier[]
  /** Rules that are the developer's own, by id: from `settings.json`, or set as a cap and kept by the gateway. */
  own: ReadonlyMap<string, 'settings' | 'cap'>
}

export const NO_RULES: RulesInForce = { version: null, timeZone: 'UTC', mayRaise: false, rules: [], own: new Map() }

/**
 * The policy's rules and the developer's own beside them: own rules can only add limits, never take one away.
 * `localZone` is the machine's time zone, which `local` stands for; `caps` are those that the developer set as such.
 */
export function rulesInForce(
  policy: Policy | null,
  settings: Pick<Settings, 'rules' | 'timezone'>,
  localZone: string,
  caps: readonly RuleBase[] = [],
): RulesInForce {
  const policyRules = policy?.rules ?? []
  const taken = new Set(policyRules.map((rule) => rule.id))
  const own = new Map<string, 'settings' | 'cap'>()
  const adopt = (rule: RuleBase, from: 'settings' | 'cap'): RuleBase => {
    const id = taken.has(rule.id) ? `own/${rule.id}` : rule.id
    taken.add(id)
    own.set(id, from)
    return { ...rule, id }
  }
  // The settings were checked when they were read, so these parse.
  const ownRules = [
    ...parseRules(settings.rules).rules.map((rule) => adopt(rule, 'settings')),
    ...caps.map((rule) => adopt(rule, 'cap')),
  ]
  const timeZone = policy?.timezone ?? settings.timezone
  return {
    version: policy?.version ?? null,
    timeZone: timeZone === 'local' ? localZone : timeZone,
    mayRaise: policy?.raise !== null && policy?.raise !== undefined,
    rules: [...policyRules, ...ownRules],
    tiers: policy?.tiers ?? [],
    own,
  }
}

/** Where a rule in force came from. */
export function originOf({ own }: RulesInForce, id: string): RuleOrigin {
  return own.get(id) ?? 'policy'
}
