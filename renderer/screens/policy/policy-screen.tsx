import { useMemo } from 'react'
import { Banner } from '../../components/display/banner.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { moment } from '../../derive/format/times.ts'
import type { PolicyRule } from '../../state/api/api.ts'
import { go, routeHash } from '../../state/route.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAnswer } from '../../state/use-answer.ts'
import { GuardSwitches } from '../caps/guard-switches.tsx'
import { OwnCaps } from '../caps/own-caps.tsx'
import { capAsked, useAskedHash } from '../caps/use-cap-asked.ts'
import { useCaps } from '../caps/use-caps.ts'
import { PendingHosts } from './pending-hosts.tsx'
import { PolicyHead } from './policy-head.tsx'

export function PolicyScreen() {
  const { api } = useStore()
  const version = useSnapshot((snapshot) => snapshot.policyVersion)
  const timeZone = useSnapshot((snapshot) => snapshot.status?.timezone ?? 'UTC')
  const { value: view, error } = useAnswer(`${version}`, () => api.policy())
  if (!view) return error ? <Banner level="warn" title="The policy could not be read" body={error} /> : null
  const own = view.rules.filter((rule) => rule.source === 'own' && !rule.isCap)
  const central = view.rules.filter((rule) => rule.source === 'policy')
  return (
    <div className="stack">
      {view.status.lastError && (
        <Banner
          level="warn"
          title="A new policy was rejected"
          body={`${view.status.lastError.message} (${moment(view.status.lastError.at, timeZone, Date.now())})`}
        />
      )}
      <PendingHosts status={view.status} />
      <OwnRules />
      <PolicyHead view={view} timeZone={timeZone} />
      {central.length > 0 && (
        <Panel title="Rules of the policy" aside={`${central.length}, read-only`}>
          <Rules rules={central} />
        </Panel>
      )}
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
      {own.length > 0 && (
        <Panel title="Rules from your settings" aside="from settings.json or ALLOWANCE_RULES">
          <Rules rules={own} />
        </Panel>
      )}
    </div>
  )
}

/** The developer's own caps and guards, with the dialog open where an address asks for it. */
function OwnRules() {
  const status = useSnapshot((snapshot) => snapshot.status)
  const { value: answer, error } = useCaps()
  const hash = useAskedHash()
  const asked = useMemo(() => {
    const scope = capAsked(hash)
    return scope === null ? null : { kind: 'new' as const, scope }
  }, [hash])
  if (error !== null && answer === null) return <Banner level="info" title="Caps of your own" body={error} />
  if (answer === null || status === null) return null
  return (
    <>
      <OwnCaps answer={answer} status={status} asked={asked} onAsked={() => go('policy')} />
      <GuardSwitches answer={answer} />
    </>
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
