import { AllowanceError } from '../../../shared/contract/errors.ts'
import type { CapPreview, CapRequest, OwnRulesAnswer, SwitchableGuard } from '../../../shared/rules/own-rules.ts'
import {
  capRule,
  guardSwitchRule,
  type OwnRule,
  undone,
  withoutRule,
  withRule,
} from '../../core/policy/document/own-caps.ts'
import { parseRules } from '../../core/policy/document/parse-policy.ts'
import { guardNamed } from '../../core/policy/guards/registry.ts'
import type { PriceBook } from '../../core/pricing/rates/rate-card.ts'
import type { Database } from '../../ledger/store/sqlite.ts'
import type { GatewayView, OwnRulesKeeper } from '../views/gateway-view.ts'
import { REPLAY_MS, replayCalls } from '../views/replay-calls.ts'

export interface ReplayPlace {
  database: Database
  timeZone: string
  nowMs: number
  prices: PriceBook
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
export function previewCap(place: ReplayPlace, request: CapRequest): Promise<CapPreview> {
  return previewOf(place, capRule(request))
}

/** Sets a cap. */
export function setCap(keeper: OwnRulesKeeper, place: ReplayPlace, request: CapRequest): Promise<CapPreview> {
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

export function placeOf({ books, clock, prices }: GatewayView): ReplayPlace {
  return { database: books.ledger.store.database, timeZone: books.inForce.timeZone, nowMs: clock(), prices: prices() }
}

async function previewOf({ database, timeZone, nowMs, prices }: ReplayPlace, { rule }: OwnRule): Promise<CapPreview> {
  const sinceMs = nowMs - REPLAY_MS
  const replay = await replayCalls(database, { rules: [rule], timeZone, sinceMs, untilMs: nowMs, prices })
  const { total } = replay
  return {
    schema: 1,
    rule: rule.id,
    sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
    past: replay.sentence,
    replay: {
      days: REPLAY_MS / 86_400_000,
      calls: replay.calls,
      refused: total.refused,
      asked: total.asked,
      daysAffected: total.days,
      savedUsd: total.savedUsd,
      firstCallId: total.first?.callId ?? null,
    },
  }
}
