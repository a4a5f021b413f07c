import { AllowanceError } from '../../../shared/contract/errors.ts'
import type { CapPreview, CapRequest, OwnRulesAnswer, SwitchableGuard } from '../../../shared/rules/own-rules.ts'
import { exactUsd } from '../../../shared/values/money.ts'
import {
  capRule,
  guardSwitchRule,
  type OwnRule,
  undone,
  withoutRule,
  withRule,
} from '../../core/policy/document/own-caps.ts'
import { parseRules } from '../../core/policy/document/parse-policy.ts'
import { replaySentence } from '../../core/policy/decision/replay-sentence.ts'
import { type RuleReplay, replayRules } from '../../core/policy/decision/replay.ts'
import { guardNamed } from '../../core/policy/guards/registry.ts'
import { callsSince } from '../../ledger/store/queries.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import type { GatewayView, OwnRulesKeeper } from '../views/gateway-view.ts'

/** How far back a cap is shown what it would have done. */
const REPLAY_DAYS = 30

export interface ReplayPlace {
  database: Database
  timeZone: string
  nowMs: number
}

/** What the developer set for themselves, as it is now. */
export function ownRulesOf(keeper: OwnRulesKeeper): OwnRulesAnswer {
  const { version, rules, previous } = keeper.current
  return {
    schema: 1,
    version,
    canUndo: previous !== null,
    rules: parseRules(rules).rules.map((rule, index) => ({
      id: rule.id,
      guard: rule.guard,
      sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
      document: rules[index] ?? {},
    })),
  }
}

/** What a cap would mean, without setting it. */
export function previewCap(place: ReplayPlace, request: CapRequest): CapPreview {
  return previewOf(place, capRule(request))
}

/** Sets a cap. */
export function setCap(keeper: OwnRulesKeeper, place: ReplayPlace, request: CapRequest): CapPreview {
  const own = capRule(request)
  keeper.keep(withRule(keeper.current, own))
  return previewOf(place, own)
}

/** Switches a guard that asks on or off; nothing happens where it is so already. */
export function switchGuard(keeper: OwnRulesKeeper, guard: SwitchableGuard, on: boolean): OwnRulesAnswer {
  const own = guardSwitchRule(guard)
  const isOn = keeper.current.rules.some(({ id }) => id === own.rule.id)
  if (on !== isOn) keeper.keep(on ? withRule(keeper.current, own) : withoutRule(keeper.current, own.rule.id))
  return ownRulesOf(keeper)
}

export function removeRule(keeper: OwnRulesKeeper, id: string): OwnRulesAnswer {
  keeper.keep(withoutRule(keeper.current, id))
  return ownRulesOf(keeper)
}

export function undoRules(keeper: OwnRulesKeeper): OwnRulesAnswer {
  keeper.keep(undone(keeper.current))
  return ownRulesOf(keeper)
}

export function keeperOf(view: GatewayView): OwnRulesKeeper {
  if (view.ownRules) return view.ownRules
  throw new AllowanceError('not-allowed', 'this gateway keeps no caps of its own', null)
}

export function placeOf({ books, clock }: GatewayView): ReplayPlace {
  return { database: books.ledger.store.database, timeZone: books.inForce.timeZone, nowMs: clock() }
}

function previewOf({ database, timeZone, nowMs }: ReplayPlace, { rule }: OwnRule): CapPreview {
  const sinceMs = nowMs - REPLAY_DAYS * 86_400_000
  const replay = replayRules([rule], callsSince(database, sinceMs), timeZone)
  const { outcome } = replay.rules[0] as RuleReplay
  return {
    schema: 1,
    rule: rule.id,
    sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
    past: replaySentence(replay, rule, REPLAY_DAYS, timeZone),
    replay: {
      days: REPLAY_DAYS,
      calls: replay.calls,
      refused: outcome?.refused ?? 0,
      asked: outcome?.asked ?? 0,
      daysAffected: outcome?.days ?? 0,
      savedUsd: exactUsd(outcome?.savedNanos ?? 0),
      firstCallId: outcome?.first?.callId ?? null,
    },
  }
}
