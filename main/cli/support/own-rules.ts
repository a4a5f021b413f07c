import type { RuleBase } from '../../../shared/rules/policy.ts'
import { type RulesInForce, rulesInForce } from '../../core/policy/document/rules-in-force.ts'
import { homePaths, resolveHome } from '../../platform/home/paths.ts'
import { localTimeZone } from '../../platform/system/clock.ts'
import { OwnRulesFile } from '../../policy-source/own-rules-file.ts'
import type { Io } from './command.ts'
import { knownPolicy, settingsOf } from './read-ledger.ts'

/** The rules that hold, as they were last known, without asking a gateway. */
export async function knownRulesInForce(io: Io): Promise<RulesInForce> {
  const { policy } = (await knownPolicy(io)).current()
  const own = new OwnRulesFile(homePaths(resolveHome(io.env, io.platform)).ownRules)
  return rulesInForce(policy, settingsOf(io), localTimeZone(), own.rules)
}

export async function knownRules(io: Io): Promise<readonly RuleBase[]> {
  return (await knownRulesInForce(io)).rules
}
