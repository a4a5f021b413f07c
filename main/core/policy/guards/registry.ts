import type { RuleBase } from '../../../../shared/policy.ts'
import type { Guard } from './guard.ts'
import { spendCap } from './spend-cap.ts'
import { tokenCap } from './token-cap.ts'

/** All guards. A new one is one file and one line here; schema, docs, `policy check` and tests follow. */
const guards: readonly Guard<never>[] = [spendCap, tokenCap]

/** A rule is only ever handed to the guard whose schema made it, so the narrower type is sound. */
export const GUARDS = guards as unknown as readonly Guard<RuleBase>[]

export function guardNamed(name: string): Guard<RuleBase> | null {
  return GUARDS.find((guard) => guard.name === name) ?? null
}
