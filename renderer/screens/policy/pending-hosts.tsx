import { useState } from 'react'
import type { PolicyStatus } from '../../../shared/contract/contract.ts'
import { Button } from '../../components/controls/button.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'

/** Hosts that the policy names and the developer has to agree to, because agreeing lets Allowance read what goes there. */
export function PendingHosts({ status }: { status: PolicyStatus }) {
  const { api } = useStore()
  const action = useAction()
  const [agreed, setAgreed] = useState<readonly string[]>([])
  const waiting = status.pendingHosts ?? []
  if (waiting.length === 0 && agreed.length === 0) return null
  const agree = async (hosts: string[]) => {
    if (await action.run(() => api.trustHosts(hosts))) setAgreed((before) => [...before, ...hosts])
  }
  return (
    <Panel
      title="Hosts waiting for your consent"
      aside={
        waiting.length > 1 && (
          <Button disabled={action.busy} onClick={() => void agree(waiting.map(({ host }) => host))}>
            Agree to all {waiting.length}
          </Button>
        )
      }
    >
      {waiting.length > 0 && (
        <p className="lead">
          If you agree, Allowance decrypts on this machine whatever your programs send to these hosts, so that their
          calls are metered from now on. Until then their traffic passes through unread and is not counted.
        </p>
      )}
      <ul className="hosts">
        {waiting.map(({ host, provider }) => (
          <li key={host}>
            <span className="clip" title={host}>
              <strong>{host}</strong> <span className="quiet">as {provider}</span>
            </span>
            <Button disabled={action.busy} aria-label={`Agree to ${host}`} onClick={() => void agree([host])}>
              Agree
            </Button>
          </li>
        ))}
      </ul>
      {action.error && (
        <p className="action-error" role="alert">
          {action.error}
        </p>
      )}
      <p className="note" role="status">
        {agreed.length > 0 &&
          `${agreed.join(', ')}: metered from now on. Programs that are already running may have to be restarted to trust the certificate.`}
      </p>
    </Panel>
  )
}
