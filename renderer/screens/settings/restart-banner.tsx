import { useState } from 'react'
import { commandLine } from '../../../shared/values/command-line.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import { Banner } from '../../components/display/banner.tsx'
import { Button } from '../../components/controls/button.tsx'

/** Says that changes wait for a restart, and offers one where the app has the gateway in its own hands. */
export function RestartBanner({ onRestarted }: { onRestarted: () => void }) {
  const [problem, setProblem] = useState<string | null>(null)
  const [isBusy, setBusy] = useState(false)
  const { allowance } = window
  const restart = async () => {
    setBusy(true)
    try {
      if (await allowance?.restartGateway?.()) onRestarted()
      else setProblem(`The app did not start this gateway: stop it, then start it again with ${commandLine('serve')}.`)
    } catch (error) {
      setProblem(messageOf(error))
    }
    setBusy(false)
  }
  const waits = `Running calls have a few seconds to finish. Programs started with ${commandLine('run')} keep working.`
  return (
    <Banner
      level="info"
      icon="refresh"
      title="Restart the gateway to apply your changes"
      body={
        problem ??
        (allowance?.restartGateway ? waits : `Stop the gateway, then start it again with ${commandLine('serve')}.`)
      }
    >
      {allowance?.restartGateway && problem === null && (
        <Button variant="primary" disabled={isBusy} onClick={() => void restart()}>
          {isBusy ? 'Restarting …' : 'Restart now'}
        </Button>
      )}
    </Banner>
  )
}
