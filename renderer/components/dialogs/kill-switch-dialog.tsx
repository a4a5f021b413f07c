import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../controls/button.tsx'
import { Dialog } from './dialog.tsx'

export function KillSwitchDialog({ onClose }: { onClose: () => void }) {
  const { api } = useStore()
  const action = useAction()
  const kill = async () => {
    if (await action.run(() => api.killSwitch(true))) onClose()
  }
  return (
    <Dialog title="Stop everything?" onClose={onClose}>
      <p>
        Running streams are ended now, and every new model call is refused until you turn the kill switch off. What they
        have cost so far stays recorded.
      </p>
      {action.error && <p role="alert">{action.error}</p>}
      <div className="dialog-actions">
        <Button onClick={onClose}>Keep running</Button>
        <Button variant="danger" icon="stop" busy={action.busy} onClick={() => void kill()}>
          Stop everything
        </Button>
      </div>
    </Dialog>
  )
}
