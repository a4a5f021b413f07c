import type { CapRequest } from '../../../shared/rules/own-rules.ts'
import type { Scope } from '../../../shared/rules/policy.ts'
import { readAmount } from '../format/amount-input.ts'

export const PERIODS = ['day', 'week', 'month'] as const
export type Period = (typeof PERIODS)[number]

/** Dimensions to which a person may limit a cap from the window; the command line takes every one. */
export const CAP_DIMENSIONS = ['project', 'agent', 'model', 'environment'] as const

/** A cap while it is being written. */
export interface CapForm {
  amount: string
  per: string
  scope: Scope
  /** One such cap for each value of a dimension; empty for one cap in all. */
  each: string
  /** A percentage of the cap; empty for no warning. */
  warnAt: string
  action: 'deny' | 'ask'
}

export function newCap(scope: Scope = {}): CapForm {
  return { amount: '', per: 'day', scope, each: '', warnAt: '80', action: 'deny' }
}

/** A cap that was set, to be changed. */
export function capFormOf(document: Readonly<Record<string, unknown>>): CapForm {
  const { limitUsd, per, scope, each, warnAt, action } = document
  const [mark] = Array.isArray(warnAt) ? (warnAt as unknown[]) : []
  return {
    amount: typeof limitUsd === 'string' || typeof limitUsd === 'number' ? String(limitUsd) : '',
    per: typeof per === 'string' ? per : 'day',
    scope: typeof scope === 'object' && scope !== null ? (scope as Scope) : {},
    each: typeof each === 'string' ? each : '',
    warnAt: typeof mark === 'number' ? String(Math.round(mark * 100)) : '',
    action: action === 'ask' ? 'ask' : 'deny',
  }
}

/** The form as the gateway takes it, or why it cannot be sent; both null while the amount is empty. */
export function capRequestOf(form: CapForm): { request: CapRequest | null; error: string | null } {
  const amount = readAmount(form.amount)
  if (amount.usd === null) return { request: null, error: amount.error }
  const warnAt = form.warnAt.trim().replace('%', '')
  const percentage = Number(warnAt)
  if (warnAt !== '' && !(percentage >= 1 && percentage <= 100))
    return { request: null, error: 'Warn at a percentage between 1 and 100, or leave it empty.' }
  const unnamed = Object.entries(form.scope).find(([, wanted]) => [wanted].flat().some((value) => value.trim() === ''))
  if (unnamed) return { request: null, error: `Choose which ${unnamed[0]} the cap is for.` }
  return {
    error: null,
    request: {
      amountUsd: amount.usd,
      per: form.per,
      warnAt: warnAt === '' ? [] : [percentage / 100],
      action: form.action,
      ...(Object.keys(form.scope).length > 0 ? { scope: form.scope } : {}),
      ...(form.each === '' ? {} : { each: form.each }),
    },
  }
}

/** `project web · model gpt-5`; null for everything. */
export function scopeText(scope: Scope): string | null {
  const parts = Object.entries(scope).map(
    ([dimension, wanted]) => `${dimension.replace(/^tag:/, '')} ${[wanted].flat().join(' or ')}`,
  )
  return parts.length > 0 ? parts.join(' · ') : null
}
