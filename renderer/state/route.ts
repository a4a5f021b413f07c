import { useSyncExternalStore } from 'react'

export const SCREENS = ['overview', 'calls', 'spend', 'policy', 'notices'] as const
export type Screen = (typeof SCREENS)[number]

/** `#/calls/01J…` → the calls screen with that call open. */
export interface Route {
  screen: Screen
  callId: string | null
}

/** The screen that an address fragment names; the overview for anything else. */
export function parseRoute(hash: string): Route {
  const [screen, rest] = hash.replace(/^#\/?/, '').split('/')
  const known = SCREENS.find((name) => name === screen) ?? 'overview'
  return { screen: known, callId: known === 'calls' && rest ? decodeURIComponent(rest) : null }
}

export function routeHash(screen: Screen, callId?: string | null): string {
  return callId ? `#/${screen}/${encodeURIComponent(callId)}` : `#/${screen}`
}

export function go(screen: Screen, callId?: string | null): void {
  window.location.hash = routeHash(screen, callId)
}

export function useRoute(): Route {
  return parseRoute(
    useSyncExternalStore(
      listen,
      () => window.location.hash,
      () => '',
    ),
  )
}

function listen(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
