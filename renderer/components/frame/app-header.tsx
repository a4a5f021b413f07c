import { useState } from 'react'
import { routeHash, type Screen } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../controls/button.tsx'
import { Icon } from '../controls/icon.tsx'
import { KillSwitchDialog } from '../dialogs/kill-switch-dialog.tsx'
import { SCREEN_NAMES } from './screen-names.ts'
import { useUnread } from './unread-count.tsx'

/** Where one is, and the two brakes that have to be reachable from everywhere: pause and the kill switch. */
export function AppHeader({ screen }: { screen: Screen }) {
  const { api } = useStore()
  const status = useSnapshot((snapshot) => snapshot.status)
  const away = useSnapshot((snapshot) => snapshot.link.phase !== 'live')
  const unread = useUnread()
  const action = useAction()
  const [asking, setAsking] = useState(false)
  const isPaused = status?.state === 'paused'

  return (
    <header className="header">
      <div className="header-title">
        <h1>{SCREEN_NAMES[screen]}</h1>
        {status && (
          <p className="header-sentence" title={status.sentence}>
            {status.sentence}
          </p>
        )}
      </div>
      {action.error && (
        <span className="action-error" role="alert">
          {action.error}
        </span>
      )}
      <a
        className="icon-button bell"
        href={routeHash('notices')}
        aria-label={unread > 0 ? `Notices, ${unread} unread` : 'Notices'}
        title="Notices"
      >
        <Icon name="notices" size={17} />
        {unread > 0 && <span className="bell-dot" aria-hidden="true" />}
      </a>
      {status?.state === 'killed' && (
        <Button
          icon="resume"
          variant="primary"
          busy={action.busy}
          disabled={away}
          onClick={() => void action.run(() => api.killSwitch(false))}
        >
          Turn off the kill switch
        </Button>
      )}
      {status && status.state !== 'killed' && (
        <>
          <Button
            icon={isPaused ? 'resume' : 'pause'}
            variant={isPaused ? 'primary' : 'plain'}
            busy={action.busy}
            disabled={away}
            onClick={() => void action.run(() => (isPaused ? api.resume() : api.pause()))}
          >
            {isPaused ? 'Resume' : 'Pause'}
          </Button>
          <Button variant="danger" icon="stop" disabled={away} onClick={() => setAsking(true)}>
            <span className="roomy-only">Kill switch</span>
          </Button>
        </>
      )}
      {asking && <KillSwitchDialog onClose={() => setAsking(false)} />}
    </header>
  )
}
