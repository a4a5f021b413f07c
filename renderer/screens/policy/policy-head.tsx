import { Badge } from '../../components/display/badge.tsx'
import { Button } from '../../components/controls/button.tsx'
import { Panel } from '../../components/display/panel.tsx'
import type { Tone } from '../../derive/calls/call-words.ts'
import { moment } from '../../derive/format/times.ts'
import type { PolicyView } from '../../state/api/api.ts'
import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'

const STATES: Record<PolicyView['status']['state'], { label: string; tone: Tone }> = {
  'in-force': { label: 'In force', tone: 'calm' },
  'last-known-good': { label: 'Last known good', tone: 'warn' },
  expired: { label: 'Expired', tone: 'stop' },
  none: { label: 'None', tone: 'quiet' },
}

/** Where the company's policy comes from, and how it stands. */
export function PolicyHead({ view, timeZone }: { view: PolicyView; timeZone: string }) {
  const { api } = useStore()
  const action = useAction()
  const { source, version, state, fetchedAt, expiresAt } = view.status
  const at = (time: string | null) => (time === null ? '–' : moment(time, timeZone, Date.now()))
  return (
    <Panel
      title="Company policy"
      aside={
        source !== null && (
          <Button icon="refresh" busy={action.busy} onClick={() => void action.run(() => api.refreshPolicy())}>
            Check for changes
          </Button>
        )
      }
    >
      {source === null ? (
        <p className="lead">
          There is no company policy. Your own caps and guards above are all that limits calls. Whoever looks after
          model spend in your company can give you the address of a policy for the{' '}
          <a href={routeHash('settings')}>settings</a>.
        </p>
      ) : (
        <dl className="facts facts-plain">
          <div className="fact">
            <dt>State</dt>
            <dd>
              <Badge tone={STATES[state].tone}>{STATES[state].label}</Badge>
            </dd>
          </div>
          <Fact name="Version" value={version === null ? '–' : String(version)} />
          <Fact name="Fetched" value={at(fetchedAt)} />
          <Fact name="Expires" value={expiresAt === null ? 'never' : at(expiresAt)} />
          <div className="fact fact-wide">
            <dt>Source</dt>
            <dd className="clip" title={source}>
              {source}
            </dd>
          </div>
        </dl>
      )}
      {action.error && (
        <p className="action-error" role="alert">
          {action.error}
        </p>
      )}
    </Panel>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd className="number">{value}</dd>
    </div>
  )
}
