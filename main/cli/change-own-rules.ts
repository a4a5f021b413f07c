import type { OwnRulesChange, OwnRulesView } from '../../shared/own-rules.ts'
import type { RuleBase } from '../../shared/policy.ts'
import { AllowanceError } from '../../shared/errors.ts'
import { ownRulesView } from '../control/own-rules.ts'
import { rulesInForce } from '../core/policy/rules-in-force.ts'
import { lockHome } from '../ledger/home-lock.ts'
import { localTimeZone, systemClock } from '../platform/clock.ts'
import { findDeveloper } from '../platform/developer.ts'
import { ensureHome, homePaths, resolveHome } from '../platform/paths.ts'
import { readRuntimeFile } from '../platform/runtime-file.ts'
import { type OwnRulesOutcome, OwnRulesStore } from '../policy-source/own-rules-store.ts'
import type { Io } from './command.ts'
import { askGateway, type GatewayClient } from './find-gateway.ts'
import { knownPolicy, settingsOf } from './read-ledger.ts'

/** One change, as it is asked of a gateway, and as it is made where none runs. */
export interface OwnRulesAct {
  ask(client: GatewayClient): Promise<OwnRulesChange>
  act(store: OwnRulesStore): OwnRulesOutcome
}

/**
 * Changes the developer's own rules: the gateway does it, so that they hold with the next call; where none runs, they
 * are written into the home by the same code, and hold when one starts.
 */
export async function changeOwnRules(io: Io, { ask, act }: OwnRulesAct): Promise<OwnRulesChange & { live: boolean }> {
  const home = resolveHome(io.env, io.platform)
  if (readRuntimeFile(homePaths(home).runtime)) return { ...(await askGateway(io, ask)), live: true }
  const paths = ensureHome(home)
  const lock = lockFor(paths.lock)
  try {
    const store = await openStore(io)
    const { name, sentence } = act(store)
    return { schema: 1, version: store.version, rule: name, name, sentence, live: false }
  } finally {
    lock.release()
  }
}

/** What holds, from the gateway or from the home. */
export async function readOwnRulesView(io: Io): Promise<OwnRulesView> {
  if (readRuntimeFile(homePaths(resolveHome(io.env, io.platform)).runtime))
    return askGateway(io, (client) => client.caps.list.query())
  const store = await openStore(io)
  const { policy } = (await knownPolicy(io)).current()
  return ownRulesView(rulesInForce(policy, settingsOf(io), localTimeZone(), store.rules), store)
}

/** The rules in force as they were last known, without asking a gateway. */
export async function knownRules(io: Io): Promise<readonly RuleBase[]> {
  const { policy } = (await knownPolicy(io)).current()
  return rulesInForce(policy, settingsOf(io), localTimeZone(), (await openStore(io)).rules).rules
}

/** The rules set in one act, where no gateway is asked. */
export async function openStore(io: Io): Promise<OwnRulesStore> {
  const { id } = await findDeveloper(settingsOf(io).developer, io.env)
  const { ownRules } = homePaths(resolveHome(io.env, io.platform))
  return new OwnRulesStore({ file: ownRules, developer: id, clock: systemClock })
}

/** A gateway that is just starting reads the file once: it must not change under it. */
function lockFor(file: string): { release(): void } {
  try {
    return lockHome(file)
  } catch (error) {
    if (!(error instanceof AllowanceError) || error.code !== 'already-running') throw error
    throw new AllowanceError(
      'no-gateway',
      'the gateway of this home is just starting or stopping',
      'try again in a moment',
    )
  }
}
