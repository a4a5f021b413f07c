import { useCallback, useSyncExternalStore } from 'react'

const KEY = 'allowance.noticesRead'
const listeners = new Set<() => void>()
/** Where storage is refused (a locked-down browser), the mark lives as long as the page. */
let unsaved = 0

function read(): number {
  try {
    return Math.max(unsaved, Number(window.localStorage.getItem(KEY) ?? 0))
  } catch {
    return unsaved
  }
}

function write(seq: number): void {
  try {
    window.localStorage.setItem(KEY, String(seq))
  } catch {
    unsaved = seq
  }
  for (const listener of listeners) listener()
}

function listen(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The seq of the newest notice that was seen, and the function that moves it on. */
export function useReadMark(): [number, (seq: number) => void] {
  const mark = useSyncExternalStore(listen, read, () => 0)
  const moveTo = useCallback((seq: number) => {
    if (seq !== read()) write(seq)
  }, [])
  return [mark, moveTo]
}
