import { useEffect, useRef, useState } from 'react'
import { messageOf } from '../../shared/contract/errors.ts'

export interface Asked<Value> {
  value: Value | null
  error: string | null
}

/**
 * Asks again whenever `key` changes and keeps the old answer on screen until the new one is there. An answer to an
 * older question is dropped.
 */
export function useAnswer<Value>(key: string, ask: () => Promise<Value>): Asked<Value> {
  const [asked, setAsked] = useState<Asked<Value>>({ value: null, error: null })
  const latest = useRef(ask)
  latest.current = ask
  useEffect(() => {
    let current = true
    latest.current().then(
      (value) => current && setAsked({ value, error: null }),
      (error: unknown) => current && setAsked((before) => ({ ...before, error: messageOf(error) })),
    )
    return () => {
      current = false
    }
  }, [key])
  return asked
}
