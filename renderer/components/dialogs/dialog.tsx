import { Dialog as Base } from '@base-ui/react/dialog'
import type { ReactNode, RefObject } from 'react'
import { Icon } from '../controls/icon.tsx'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** What has the focus first; the first thing that can have it where none is named. */
  firstFocus?: RefObject<HTMLElement | null>
}

/** A modal question: the focus stays inside, Escape closes it, and the focus goes back where it was. */
export function Dialog({ title, onClose, children, firstFocus }: DialogProps) {
  return (
    <Base.Root open onOpenChange={(open) => !open && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="dialog-veil" />
        <Base.Popup className="dialog" {...(firstFocus === undefined ? {} : { initialFocus: firstFocus })}>
          <header className="dialog-head">
            <Base.Title>{title}</Base.Title>
            <Base.Close className="icon-button" aria-label="Close">
              <Icon name="close" size={17} />
            </Base.Close>
          </header>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
