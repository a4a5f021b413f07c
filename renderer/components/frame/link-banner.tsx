import { commandLine } from '../../../shared/values/command-line.ts'
import { until } from '../../derive/format/times.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useNow } from '../../state/use-now.ts'
import { Banner } from '../display/banner.tsx'
import { Button } from '../controls/button.tsx'

/** A short interruption is over before anybody needs to read about it. */
const QUIET_MS = 800

export function LinkBanner() {
  const link = useSnapshot((snapshot) => snapshot.link)
  const known = useSnapshot((snapshot) => snapshot.status !== null)
  const nowMs = useNow(link.phase === 'lost' ? 500 : null)
  const store = useStore()
  if (link.phase !== 'lost' || nowMs - link.sinceMs < QUIET_MS) return null
  return (
    <Banner
      level="warn"
      icon="unplugged"
      title="The gateway does not answer"
      body={
        <>
          {known ? 'These are the last known numbers.' : `Start it with ${commandLine('serve')}, or from the app.`}{' '}
          <span className="number" aria-hidden="true">
            Trying again {until(link.retryAtMs, nowMs)}.
          </span>
        </>
      }
    >
      <Button icon="refresh" onClick={store.retryNow}>
        Try now
      </Button>
    </Banner>
  )
}
