import { CopyLine } from '../../components/controls/copy-line.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { useSnapshot } from '../../state/store-context.tsx'

/** Which Allowance this is, and what to send along with a question about it: no token, no name, no prompt. */
export function AboutPanel({ settingsFile }: { settingsFile: string }) {
  const status = useSnapshot((snapshot) => snapshot.status)
  if (!status) return null
  const { gateway, state, policy } = status
  const diagnostics = [
    `Allowance ${gateway.version}`,
    `state ${state}`,
    `policy ${policy.state}`,
    `up ${gateway.uptimeSeconds} s`,
    navigator.userAgent,
  ].join(' · ')
  return (
    <Panel title="About">
      <p>
        Allowance {gateway.version} · MIT License · everything is kept in{' '}
        <code>{settingsFile.replace(/[\\/][^\\/]*$/, '')}</code>
      </p>
      <CopyLine text={diagnostics} label="the diagnostics" />
    </Panel>
  )
}
