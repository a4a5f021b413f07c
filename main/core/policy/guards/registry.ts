import type { RuleBase } from '../../../../shared/rules/policy.ts'
import { cacheMissStreak } from './behaviour/cache-miss-streak.ts'
import { callCap } from './caps/call-cap.ts'
import { contextCap } from './caps/context-cap.ts'
import { conversationCap } from './caps/conversation-cap.ts'
import { fanOut } from './behaviour/fan-out.ts'
import type { Guard } from './rule/guard.ts'
import { loop } from './behaviour/loop.ts'
import { modelAccess } from './access/model-access.ts'
import { orphan } from './behaviour/orphan.ts'
import { providerAccess } from './access/provider-access.ts'
import { quietHours } from './access/quiet-hours.ts'
import { rateLimit } from './rates/rate-limit.ts'
import { retryStorm } from './behaviour/retry-storm.ts'
import { spendCap } from './caps/spend-cap.ts'
import { spendRate } from './rates/spend-rate.ts'
import { tokenCap } from './caps/token-cap.ts'
import { tokenRate } from './rates/token-rate.ts'

/** All guards. A new one is one file and one line here; schema, docs, `policy check` and tests follow. */
export const GUARDS: readonly Guard<RuleBase>[] = [
  spendCap,
  tokenCap,
  rateLimit,
  tokenRate,
  spendRate,
  callCap,
  contextCap,
  conversationCap,
  loop,
  retryStorm,
  fanOut,
  cacheMissStreak,
  orphan,
  quietHours,
  modelAccess,
  providerAccess,
]

const BY_NAME = new Map(GUARDS.map((guard) => [guard.name, guard]))

export function guardNamed(name: string): Guard<RuleBase> | null {
  return BY_NAME.get(name) ?? null
}
