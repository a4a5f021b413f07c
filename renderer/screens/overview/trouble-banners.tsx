import type { Status } from '../../../shared/contract/contract.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Button } from '../../components/controls/button.tsx'
import { type Trouble, troublesOf } from '../../derive/spend/status-troubles.ts'
import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'

export function TroubleBanners({ status }: { status: Status }) {
  return troublesOf(status, Date.parse(status.at)).map((trouble) => (
    <TroubleBanner key={trouble.key} trouble={trouble} />
  ))
}

function TroubleBanner({ trouble }: { trouble: Trouble }) {
  const { api } = useStore()
  const action = useAction()
  const remedy = {
    resume: { label: 'Resume', run: () => api.resume() },
    'kill-switch-off': { label: 'Turn it off', run: () => api.killSwitch(false) },
    'refresh-policy': { label: 'Check again', run: () => api.refreshPolicy() },
  }
  const offered =
    trouble.action && trouble.action !== 'see-policy' && trouble.action !== 'raise' && remedy[trouble.action]
  return (
    <Banner level={trouble.level} title={trouble.title} body={action.error ?? trouble.body}>
      {trouble.action === 'see-policy' && (
        <a className="button" href={routeHash('policy')}>
          See which
        </a>
      )}
      {trouble.action === 'raise' && (
        <a className="button" href={`${routeHash('overview')}?raise`}>
          Raise
        </a>
      )}
      {offered && (
        <Button busy={action.busy} onClick={() => void action.run(offered.run)}>
          {offered.label}
        </Button>
      )}
    </Banner>
  )
}
