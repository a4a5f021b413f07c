import { useSyncExternalStore } from 'react'

export const SCREENS = [
  'overview',
  'spend',
  'calls',
  'conversations',
  'projects',
  'clients',
  'policy',
  'notices',
  'settings',
  'spike',
] as const
export type Screen = (typeof SCREENS)[number]

/**
 * `#/calls/01J…?range=7d&project=web` → the calls of a project in a week, with one of them open; the back button goes
 * from view to view. `#/overview?raise` → the budget is about to be raised.
 */
export interface Route {
  screen: Screen
  /** What is open beside the list: a call, a conversation. */
  itemId: string | null
  /** What stands after the question mark: the range, the filters, the order. */
  query: string
  raises: boolean
}

/** The screen that an address fragment names; the overview for anything else. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  const [screen, rest] = path.split('/')
  const known = SCREENS.find((name) => name === screen) ?? 'overview'
  return {
    screen: known,
    itemId: rest ? decoded(rest) : null,
    query,
    raises: known === 'overview' && new URLSearchParams(query).has('raise'),
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

export function routeHash(screen: Screen, itemId?: string | null, query = ''): string {
  const path = itemId ? `#/${screen}/${encodeURIComponent(itemId)}` : `#/${screen}`
  return query === '' ? path : `${path}?${query}`
}

export function go(screen: Screen, itemId?: string | null, query = ''): void {
  goTo(routeHash(screen, itemId, query))
}

/** To an address fragment as a link would have it. */
export function goTo(hash: string): void {
  window.location.hash = hash
}

/** The same, without a step for the back button: for what changes with every key. */
export function goQuietly(screen: Screen, itemId: string | null, query: string): void {
  window.history.replaceState(window.history.state, '', routeHash(screen, itemId, query))
  window.dispatchEvent(new Event('hashchange'))
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
