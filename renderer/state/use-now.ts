import { useEffect, useState } from 'react'
import { useSnapshot } from './store-context.tsx'

/** The time, in epoch milliseconds, renewed every `stepMs`; null stands still. */
export function useNow(stepMs: number | null): number {
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    if (stepMs === null) return
    setNowMs(Date.now())
    const timer = setInterval(() => setNowMs(Date.now()), stepMs)
    return () => clearInterval(timer)
  }, [stepMs])
  return nowMs
}

/** Often enough to see that something runs, seldom enough to read it. */
const STOPWATCH_MS = 200

/** The time for a running call's age. It stands still while the gateway is away: nobody knows whether the call still runs. */
export function useStopwatch(running: boolean): number {
  const live = useSnapshot((snapshot) => snapshot.link.phase === 'live')
  return useNow(running && live ? STOPWATCH_MS : null)
}
