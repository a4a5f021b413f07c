import { useSyncExternalStore } from 'react'

export const SCREENS = ['overview', 'calls', 'spend', 'policy', 'notices', 'settings'] as const
export type Screen = (typeof SCREENS)[number]

/**
 * `#/calls/01J…` → the calls screen with that call open; `#/calls?find=web` → with what is found by that word;
 * `#/overview?raise` → the budget is about to be raised.
 */
export interface Route {
  screen: Screen
  callId: string | null
  find: string | null
  raises: boolean
}

/** The screen that an address fragment names; the overview for anything else. */
export function parseRoute(hash: string): Route {
  const [path = '', query] = hash.replace(/^#\/?/, '').split('?')
  const [screen, rest] = path.split('/')
  const known = SCREENS.find((name) => name === screen) ?? 'overview'
  const isCalls = known === 'calls'
  const asked = new URLSearchParams(query)
  return {
    screen: known,
    callId: isCalls && rest ? decoded(rest) : null,
    find: isCalls ? asked.get('find') : null,
    raises: known === 'overview' && asked.has('raise'),
  }
}

/** What no browser wrote may be no encoding at all. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The calls in which a word occurs: a project, a session, a conversation. */
export function findHash(text: string): string {
  return `#/calls?${new URLSearchParams({ find: text }).toString()}`
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
