import { commandLine } from '../../../shared/values/command-line.ts'
import { Badge } from '../../components/display/badge.tsx'
import { Banner } from '../../components/display/banner.tsx'
import { Button } from '../../components/controls/button.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import type { Tone } from '../../derive/calls/call-words.ts'
import { moment } from '../../derive/format/times.ts'
import type { PolicyRule, PolicyView } from '../../state/api/api.ts'
import { routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { PendingHosts } from './pending-hosts.tsx'

const STATES: Record<PolicyView['status']['state'], { label: string; tone: Tone }> = {
  'in-force': { label: 'In force', tone: 'calm' },
  'last-known-good': { label: 'Last known good', tone: 'warn' },
  expired: { label: 'Expired', tone: 'stop' },
  none: { label: 'None', tone: 'quiet' },
}

export function PolicyScreen() {
  const { api } = useStore()
  const version = useSnapshot((snapshot) => snapshot.policyVersion)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const { value: view, error } = useAnswer(`${version}`, () => api.policy())
  if (!view) return error ? <Banner level="warn" title="The policy could not be read" body={error} /> : null
  const own = view.rules.filter((rule) => rule.source === 'own')
  const central = view.rules.filter((rule) => rule.source === 'policy')
  return (
    <div className="stack">
      {view.status.lastError && (
        <Banner
          level="warn"
          title="The last policy was not taken over"
          body={`${view.status.lastError.message} (${moment(view.status.lastError.at, timeZone, Date.now())})`}
        />
      )}
      <PendingHosts status={view.status} />
      <PolicyHead view={view} timeZone={timeZone} />
      <Panel title="Rules of the policy" aside={central.length > 0 ? `${central.length}` : undefined}>
        {central.length === 0 ? (
          <Nothing>None. Calls are metered, and nothing is stopped.</Nothing>
        ) : (
          <Rules rules={central} />
        )}
      </Panel>
      {view.tiers.length > 0 && (
        <Panel title="Cheaper models it suggests" aside={<a href={routeHash('spend')}>What they would have cost</a>}>
          <ul className="rules">
            {view.tiers.map((tier) => (
              <li key={tier} className="rule-plain">
                {tier}.
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="Your own rules" aside={own.length > 0 ? `${own.length}` : undefined}>
        {own.length === 0 ? (
          <Nothing>None. Rules in your settings can make the policy tighter, never looser.</Nothing>
        ) : (
          <Rules rules={own} />
        )}
      </Panel>
    </div>
  )
}

function PolicyHead({ view, timeZone }: { view: PolicyView; timeZone: string }) {
  const { api } = useStore()
  const action = useAction()
  const { source, version, state, fetchedAt, expiresAt } = view.status
  const at = (time: string | null) => (time === null ? '–' : moment(time, timeZone, Date.now()))
  return (
    <Panel
      title={source === null ? 'No policy' : 'Policy'}
      aside={
        source !== null && (
          <Button icon="refresh" disabled={action.busy} onClick={() => void action.run(() => api.refreshPolicy())}>
            Fetch again
          </Button>
        )
      }
    >
      {source === null ? (
        <p className="lead">
          Nobody set one, and that is fine: every call is metered and attributed. Start with{' '}
          <code>{commandLine('serve --policy FILE')}</code> or a URL when you want caps.
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

function Rules({ rules }: { rules: readonly PolicyRule[] }) {
  return (
    <ul className="rules">
      {rules.map((rule) => (
        <li key={rule.id}>
          <div className="rule-name">
            <strong>{rule.id}</strong>
            <span className="quiet small">{rule.guard}</span>
          </div>
          <p>{rule.sentence}</p>
        </li>
      ))}
    </ul>
  )
}
