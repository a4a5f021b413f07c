import { lazy, Suspense, useEffect, useState } from 'react'
import type { Status } from '../../../shared/contract/contract.ts'

const load = async () => ({ default: (await import('../dialogs/palette-dialog.tsx')).PaletteDialog })
/** Not a part of what the window begins with. */
const PaletteDialog = lazy(load)
/** It is fetched once the window stands, so that what is typed right after the shortcut is not lost. */
const FETCHED_AFTER_MS = 1_500

/** Ctrl-K or ⌘K: every place and every order from the keyboard alone. */
export function CommandPalette({ status }: { status: Status }) {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => void load(), FETCHED_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return
      event.preventDefault()
      setOpen((before) => !before)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return (
    isOpen && (
      <Suspense>
        <PaletteDialog status={status} onClose={() => setOpen(false)} />
      </Suspense>
    )
  )
}
