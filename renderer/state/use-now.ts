import { useEffect, useState } from 'react'

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
