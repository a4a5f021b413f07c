import type { RuleBase } from '../../../../shared/policy.ts'
import type { Guard } from './guard.ts'
import { spendCap } from './spend-cap.ts'
import { tokenCap } from './token-cap.ts'

/** All guards. A new one is one file and one line here; schema, docs, `policy check` and tests follow. */
export const GUARDS: readonly Guard<RuleBase>[] = [spendCap, tokenCap]

export function guardNamed(name: string): Guard<RuleBase> | null {
  return GUARDS.find((guard) => guard.name === name) ?? null
}
