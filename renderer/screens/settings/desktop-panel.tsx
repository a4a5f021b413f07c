import { useEffect, useState } from 'react'
import type { DesktopChanges, DesktopView } from '../../../shared/contract/desktop-view.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import { Field } from '../../components/controls/field.tsx'
import { Switch } from '../../components/controls/switch.tsx'
import { Panel } from '../../components/display/panel.tsx'

/** From here on, where somebody wants quiet hours and has named none. */
const FIRST_QUIET_HOURS = { from: '22:00', until: '07:00' }

/** What belongs to the app and not to the gateway; nothing in a browser tab. */
export function DesktopPanel() {
  const bridge = window.allowance
  const [view, setView] = useState<DesktopView | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    bridge?.desktop?.().then(setView, (error: unknown) => setProblem(messageOf(error)))
  }, [bridge])
  if (bridge?.changeDesktop === undefined || (view === null && problem === null)) return null
  const change = (changes: DesktopChanges) =>
    void bridge.changeDesktop?.(changes).then(
      (next) => {
        setProblem(null)
        setView(next)
      },
      (error: unknown) => setProblem(messageOf(error)),
    )
  return (
    <Panel title="This app">
      {view && (
        <>
          <Switch label="Notifications" checked={view.notifications} onChange={(on) => change({ notifications: on })}>
            Warnings and refusals pop up once each. All of them stay under “Notices”.
          </Switch>
          <Switch
            label="Quiet hours"
            checked={view.quietHours !== null}
            disabled={!view.notifications}
            onChange={(on) => change({ quietHours: on ? FIRST_QUIET_HOURS : null })}
          >
            Nothing pops up in these hours.
          </Switch>
          {view.quietHours && <QuietHoursFields quietHours={view.quietHours} onChange={change} />}
          {view.opensAtLogin !== null && (
            <Switch label="Open at login" checked={view.opensAtLogin} onChange={(on) => change({ opensAtLogin: on })}>
              The gateway is there before your first call.
            </Switch>
          )}
        </>
      )}
      {problem !== null && (
        <p className="action-error" role="alert">
          {problem}
        </p>
      )}
    </Panel>
  )
}

interface QuietHoursFieldsProps {
  quietHours: NonNullable<DesktopView['quietHours']>
  onChange: (changes: DesktopChanges) => void
}

function QuietHoursFields({ quietHours, onChange }: QuietHoursFieldsProps) {
  return (
    <div className="quiet-hours">
      {(['from', 'until'] as const).map((end) => (
        <Field key={end} label={end === 'from' ? 'From' : 'Until'}>
          {(ids) => (
            <input
              {...ids}
              type="time"
              className="input number"
              value={quietHours[end]}
              onChange={({ target: { value } }) =>
                value !== '' && onChange({ quietHours: { ...quietHours, [end]: value } })
              }
            />
          )}
        </Field>
      ))}
    </div>
  )
}
