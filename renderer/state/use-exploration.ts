import { useCallback, useMemo } from 'react'
import { spanOf, type Span } from '../derive/spend/spans.ts'
import { type Exploration, explorationQuery, parseExploration } from './exploration.ts'
import { go, goQuietly, useRoute } from './route.ts'
import { useNow } from './use-now.ts'

export interface Explored {
  exploration: Exploration
  span: Span
  nowMs: number
  /** Goes to the same view with something changed; `quiet`: without a step for the back button. */
  change: (changes: Partial<Exploration>, quiet?: boolean) => void
}

/** The view that the address describes, and the way to the next. */
export function useExploration(timeZone: string): Explored {
  const { screen, itemId, query } = useRoute()
  const nowMs = useNow(60_000)
  const exploration = useMemo(() => parseExploration(query), [query])
  const span = useMemo(() => spanOf(exploration.range, timeZone, nowMs), [exploration.range, timeZone, nowMs])
  const change = useCallback(
    (changes: Partial<Exploration>, quiet = false) => {
      const next = explorationQuery({ ...exploration, ...changes })
      if (quiet) goQuietly(screen, itemId, next)
      else go(screen, itemId, next)
    },
    [screen, itemId, exploration],
  )
  return { exploration, span, nowMs, change }
}
