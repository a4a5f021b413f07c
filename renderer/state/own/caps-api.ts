import type { CapPreview, CapRequest, OwnRulesAnswer, SwitchableGuard } from '../../../shared/rules/own-rules.ts'

/** Caps and guards that a developer sets for themselves. */
export interface CapsApi {
  list: () => Promise<OwnRulesAnswer>
  /** What a cap would mean and would have done lately, without setting it. Rejects with what is wrong with it. */
  preview: (request: CapRequest) => Promise<CapPreview>
  set: (request: CapRequest) => Promise<void>
  switchGuard: (guard: SwitchableGuard, on: boolean) => Promise<void>
  remove: (id: string) => Promise<void>
  /** Takes the last change back; an undo can be undone. */
  undo: () => Promise<void>
}
