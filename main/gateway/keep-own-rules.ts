import type { OwnRules } from '../../shared/rules/own-rules.ts'
import type { RuleBase } from '../../shared/rules/policy.ts'
import { ownRulesEvent } from '../core/policy/document/own-caps.ts'
import { OwnRulesFile } from '../policy-source/own-rules-file.ts'

/** The developer's caps while the gateway runs: its one writer. Each change is in force and on the record before listeners hear of it. */
export function keepOwnRules(path: string, onKept: (event: ReturnType<typeof ownRulesEvent>) => void) {
  const file = new OwnRulesFile(path)
  const listeners = new Set<() => void>()
  return {
    get current(): OwnRules {
      return file.current
    },
    get rules(): readonly RuleBase[] {
      return file.rules
    },
    keep(next: OwnRules): void {
      const before = file.current
      file.keep(next)
      onKept(ownRulesEvent(before, next))
      for (const listener of listeners) listener()
    },
    /** @returns ends it */
    onChange(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
