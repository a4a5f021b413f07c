import { Toast } from '@base-ui/react/toast'
import { type ReactNode, useCallback } from 'react'
import { Icon } from '../controls/icon.tsx'

/** Long enough to read a sentence and to reach its button. */
const SHOWN_MS = 8_000

/** Messages that pass: what was just done, with the way back. */
export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={SHOWN_MS}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function ToastList() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      <div className="toast-text">
        <Toast.Title className="toast-title" render={<p />} />
        <Toast.Description className="quiet small" />
      </div>
      <Toast.Action className="button" />
      <Toast.Close className="icon-button" aria-label="Close">
        <Icon name="close" size={16} />
      </Toast.Close>
    </Toast.Root>
  ))
}

interface Said {
  title: string
  detail?: string
  action?: { label: string; run: () => void }
}

/** Says something for some seconds. It takes the place of what was said before: an older Undo would undo the newer change. */
export function useToast(): (said: Said) => void {
  const { add, close } = Toast.useToastManager()
  return useCallback(
    ({ title, detail, action }) => {
      close()
      const id = add({
        title,
        ...(detail === undefined ? {} : { description: detail }),
        ...(action === undefined
          ? {}
          : {
              actionProps: {
                children: action.label,
                onClick: () => {
                  close(id)
                  action.run()
                },
              },
            }),
      })
    },
    [add, close],
  )
}
