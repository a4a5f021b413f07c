import { lazy, Suspense, useEffect, useState } from 'react'
import type { Status } from '../../shared/contract.ts'

/** Loaded when it is opened for the first time: most days begin without it. */
const PaletteDialog = lazy(async () => ({ default: (await import('./palette-dialog.tsx')).PaletteDialog }))

/** Ctrl-K or ⌘K: every place and every order from the keyboard alone. */
export function CommandPalette({ status }: { status: Status }) {
  const [isOpen, setOpen] = useState(false)
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
