import type { RuleBase } from '../../../../shared/policy.ts'
import { cacheMissStreak } from './cache-miss-streak.ts'
import { callCap } from './call-cap.ts'
import { contextCap } from './context-cap.ts'
import { conversationCap } from './conversation-cap.ts'
import { fanOut } from './fan-out.ts'
import type { Guard } from './guard.ts'
import { loop } from './loop.ts'
import { modelAccess } from './model-access.ts'
import { orphan } from './orphan.ts'
import { providerAccess } from './provider-access.ts'
import { quietHours } from './quiet-hours.ts'
import { rateLimit } from './rate-limit.ts'
import { retryStorm } from './retry-storm.ts'
import { spendCap } from './spend-cap.ts'
import { spendRate } from './spend-rate.ts'
import { tokenCap } from './token-cap.ts'
import { tokenRate } from './token-rate.ts'

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
