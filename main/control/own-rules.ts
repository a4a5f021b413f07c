import type { z } from 'zod'
import {
  type capRequestSchema,
  type CapPreview,
  type GuardSwitchRequest,
  type OwnRulesChange,
  type OwnRulesView,
  RULE_ORIGIN_LABELS,
  type RuleView,
  SWITCHED_GUARDS,
} from '../../shared/own-rules.ts'
import type { Action, RuleBase } from '../../shared/policy.ts'
import { guardNamed } from '../core/policy/guards/registry.ts'
import { capOptionsOf, capRule, describeOwnRule, switchRule } from '../core/policy/own-rules.ts'
import { parseRules } from '../core/policy/parse-policy.ts'
import { originOf, type RulesInForce } from '../core/policy/rules-in-force.ts'
import { checkedRule, type OwnRulesOutcome, type OwnRulesStore } from '../policy-source/own-rules-store.ts'
import type { GatewayView } from './gateway-view.ts'
import { REPLAY_MS, replayCalls } from './replay-calls.ts'

/** The developer's own rules, asked for and changed. The store tells the gateway of a change, and it holds from the next call on. */

type CapInput = z.output<typeof capRequestSchema>

/** Every rule in force with where it came from, and what can be done about one's own. */
export function ownRulesView(inForce: RulesInForce, store: OwnRulesStore): OwnRulesView {
  return {
    schema: 1,
    version: store.version,
    rules: inForce.rules.map((rule) => ruleView(inForce, rule)),
    switches: SWITCHED_GUARDS.map((guard) => guardSwitch(inForce, store, guard)),
    undo: store.undoable,
    trouble: store.trouble,
    file: store.file,
  }
}

export function ruleView(inForce: RulesInForce, rule: RuleBase): RuleView {
  const origin = originOf(inForce, rule.id)
  const isOwn = origin === 'cap'
  return {
    id: rule.id,
    name: inForce.caps?.get(rule.id) ?? null,
    guard: rule.guard,
    sentence: isOwn ? describeOwnRule(rule) : (guardNamed(rule.guard)?.describe(rule) ?? ''),
    origin,
    label: RULE_ORIGIN_LABELS[origin],
    cap: isOwn ? capOptionsOf(rule) : null,
  }
}

function guardSwitch(
  inForce: RulesInForce,
  store: OwnRulesStore,
  guard: (typeof SWITCHED_GUARDS)[number],
): OwnRulesView['switches'][number] {
  const own = store.rules.find(({ id }) => id === guard)
  const rule = own ? parseRules([own]).rules[0] : undefined
  const action = own ? ((own.action as Action | undefined) ?? 'deny') : null
  const shown = rule ?? checkedRule(switchRule({ guard })).rule
  const others = inForce.rules.filter((one) => one.guard === guard).map((one) => originOf(inForce, one.id))
  return {
    guard,
    on: own !== undefined,
    action,
    sentence: describeOwnRule(shown),
    alsoBy: [...new Set(others)].filter((origin) => origin !== 'cap'),
  }
}

/** What a cap would mean: its sentence, what it replaces, and what it would have done of late. Sets nothing. */
export async function previewCap(
  { books, ownRules, prices, clock }: GatewayView,
  request: CapInput,
  signal?: AbortSignal,
): Promise<CapPreview> {
  const { document, rule } = checkedRule(capRule(request, ownRules.rules))
  const before = ownRules.rules.find(({ id }) => id === document.id)
  const replaced = before ? parseRules([before]).rules[0] : undefined
  const nowMs = clock()
  const replay = await replayCalls(books.ledger.store.database, {
    rules: [rule],
    timeZone: books.inForce.timeZone,
    sinceMs: nowMs - REPLAY_MS,
    untilMs: nowMs + 1,
    prices: prices(),
    ...(signal ? { signal } : {}),
  })
  return {
    schema: 1,
    name: document.id,
    sentence: describeOwnRule(rule),
    replaces: replaced ? describeOwnRule(replaced) : null,
    replay,
  }
}

export const setCap = (view: GatewayView, request: CapInput) => changed(view, view.ownRules.setCap(request))
export const removeCap = (view: GatewayView, name: string) => changed(view, view.ownRules.remove(nameOf(view, name)))
export const undoCap = (view: GatewayView) => changed(view, view.ownRules.undo())
export const switchGuard = (view: GatewayView, request: GuardSwitchRequest) =>
  changed(view, view.ownRules.switchGuard(request))

/** A rule may be named as refusals do: with a prefix where the policy has one of the same id. */
function nameOf({ books }: GatewayView, name: string): string {
  return books.inForce.caps?.get(name) ?? name
}

function changed({ books, ownRules }: GatewayView, { name, sentence }: OwnRulesOutcome): OwnRulesChange {
  const [rule = null] = [...(books.inForce.caps ?? [])].find(([, known]) => known === name) ?? []
  return { schema: 1, version: ownRules.version, rule, name, sentence }
}
