import { useEffect, useRef, useState } from 'react'
import type { Span } from '../derive/spend/spans.ts'
import { useSnapshot } from './store-context.tsx'

const DAY_MS = 86_400_000

/**
 * Grows when sums may have changed, at the pace that a stretch of time deserves: today's with every second, those of
 * months, which cost the gateway more to read and change less to look at, a few times a minute.
 */
export function usePacedVersion({ sinceMs, untilMs }: Pick<Span, 'sinceMs' | 'untilMs'>): number {
  const version = useSnapshot((snapshot) => snapshot.reportVersion)
  const days = (untilMs - sinceMs) / DAY_MS
  const paceMs = days <= 2 ? 1_000 : days <= 8 ? 5_000 : 15_000
  const [paced, setPaced] = useState(version)
  const shownAtMs = useRef(Date.now())
  useEffect(() => {
    if (paced === version) return
    const timer = setTimeout(
      () => {
        shownAtMs.current = Date.now()
        setPaced(version)
      },
      Math.max(0, shownAtMs.current + paceMs - Date.now()),
    )
    return () => clearTimeout(timer)
  }, [version, paced, paceMs])
  return paced
}
