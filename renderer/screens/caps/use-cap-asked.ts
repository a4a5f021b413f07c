import { useSyncExternalStore } from 'react'
import type { Scope } from '../../../shared/rules/policy.ts'

/** `#/policy?cap&project=web`: the dialog for a new cap, with its scope filled in; null where nobody asked for it. */
export function capAsked(hash: string): Scope | null {
  const asked = new URLSearchParams(hash.split('?')[1] ?? '')
  if (!asked.has('cap')) return null
  asked.delete('cap')
  const scope: Scope = {}
  for (const name of new Set(asked.keys())) {
    const [first = '', ...more] = asked.getAll(name)
    scope[name] = more.length === 0 ? first : [first, ...more]
  }
  return scope
}

/** The question of the address as text, so that it changes only when the address does. */
export function useAskedHash(): string {
  return useSyncExternalStore(
    (listener) => {
      window.addEventListener('hashchange', listener)
      return () => window.removeEventListener('hashchange', listener)
    },
    () => window.location.hash,
    () => '',
  )
}
