import { useCallback, useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'allowance.theme'
const listeners = new Set<() => void>()
/** Where storage is refused (a locked-down browser), the choice lives as long as the page. */
let unsaved: Theme | null = null

function chosen(): Theme {
  try {
    const kept = window.localStorage.getItem(KEY)
    return unsaved ?? (kept === 'light' || kept === 'dark' ? kept : 'system')
  } catch {
    return unsaved ?? 'system'
  }
}

/** Puts the theme on the page, and keeps following the system's where that was chosen. Called once, before anything is drawn. */
export function applyTheme(): void {
  const system = window.matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    const theme = chosen()
    document.documentElement.dataset['theme'] = theme === 'system' ? (system.matches ? 'dark' : 'light') : theme
  }
  system.addEventListener('change', apply)
  listeners.add(apply)
  apply()
}

/** The theme that was chosen, and the function that chooses another. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    chosen,
    () => 'system' as const,
  )
  const choose = useCallback((next: Theme) => {
    try {
      window.localStorage.setItem(KEY, next)
    } catch {
      unsaved = next
    }
    for (const listener of listeners) listener()
  }, [])
  return [theme, choose]
}
