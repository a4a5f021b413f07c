import type { Policy, RuleBase, Tier } from '../../../shared/policy.ts'
import type { Settings } from '../../../shared/settings.ts'
import type { RuleOrigin } from '../../../shared/own-rules.ts'
import type { RuleDocument } from './own-rules.ts'
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
  /** Ids of the rules that are the developer's own: those of the settings, and caps. */
  own: ReadonlySet<string>
  /** Of these, the ones that were set in one act: the id in force, and the name that they were set under. None when left out. */
  caps?: ReadonlyMap<string, string>
}

export const NO_RULES: RulesInForce = { version: null, timeZone: 'UTC', mayRaise: false, rules: [], own: new Set() }

/**
 * The policy's rules and the developer's own beside them: own rules can only add limits, never take one away.
 * `localZone` is the machine's time zone, which `local` stands for; `caps` are the rules that were set in one act.
 */
export function rulesInForce(
  policy: Policy | null,
  settings: Pick<Settings, 'rules' | 'timezone'>,
  localZone: string,
  caps: readonly RuleDocument[] = [],
): RulesInForce {
  const policyRules = policy?.rules ?? []
  const taken = new Set(policyRules.map((rule) => rule.id))
  /** An id that is taken gets a prefix: a refusal has to name one rule. */
  const unique = (id: string, prefix: string): string => {
    let free = id
    while (taken.has(free)) free = `${prefix}/${free}`
    taken.add(free)
    return free
  }
  // Both were checked when they were read, so these parse.
  const written = parseRules(settings.rules).rules.map((rule): RuleBase => ({ ...rule, id: unique(rule.id, 'own') }))
  const names = new Map<string, string>()
  const set = parseRules(caps).rules.map((rule): RuleBase => {
    const id = unique(rule.id, 'cap')
    names.set(id, rule.id)
    return { ...rule, id }
  })
  const timeZone = policy?.timezone ?? settings.timezone
  return {
    version: policy?.version ?? null,
    timeZone: timeZone === 'local' ? localZone : timeZone,
    mayRaise: policy?.raise !== null && policy?.raise !== undefined,
    rules: [...policyRules, ...written, ...set],
    tiers: policy?.tiers ?? [],
    own: new Set([...written, ...set].map((rule) => rule.id)),
    caps: names,
  }
}

export function originOf({ own, caps }: RulesInForce, id: string): RuleOrigin {
  if (caps?.has(id)) return 'cap'
  return own.has(id) ? 'settings' : 'policy'
}
