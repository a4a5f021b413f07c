import { expect } from 'vitest'
import type { RuleBase } from '../../../../shared/rules/policy.ts'
import type { BudgetState, GuardFacts, Workload } from '../../../../main/core/policy/decision/facts.ts'
import type { Finding } from '../../../../main/core/policy/guards/rule/guard.ts'
import { guardNamed } from '../../../../main/core/policy/guards/registry.ts'
import { parseRules } from '../../../../main/core/policy/document/parse-policy.ts'
import { type CallerChanges, createWorld } from '../../../support/load/agent-calls.ts'

/** What a guard says of a call, in a world where little else happens. */
export function check(
  guard: string,
  options: Record<string, unknown>,
  change: Partial<GuardFacts> & { workload?: Workload } = {},
  caller: CallerChanges = {},
): Finding | null {
  const { rules, errors } = parseRules([{ id: 'x', guard, ...options }])
  expect(errors).toEqual([])
  const facts = { ...createWorld().next(['user: hello'], caller), ...change }
  return guardNamed(guard)?.check(facts, rules[0] as RuleBase) ?? null
}
export const budget = (
  unit: BudgetState['unit'],
  limit: number,
  spent: number,
  change: Partial<BudgetState> = {},
): BudgetState => ({
  rule: { id: 'x', guard: '' },
  unit,
  key: null,
  window: { startMs: Date.parse('2026-11-23T12:00:00Z'), endMs: Date.parse('2026-11-23T12:01:00Z'), rolling: false },
  limit,
  raised: 0,
  spent,
  held: 0,
  ...change,
})
export const at = (time: string) => ({ nowMs: Date.parse(time) })
export const rolling = {
  startMs: Date.parse('2026-11-23T11:50:30Z'),
  endMs: Date.parse('2026-11-23T12:10:30Z'),
  rolling: true,
}
