import { useEffect, useState } from 'react'
import type { SpendFilter, Spike } from '../../../shared/contract/explore.ts'
import { Button } from '../../components/controls/button.tsx'
import { spikeReport } from '../../derive/spend/spike-report.ts'
import { capHash } from '../../state/cap-link.ts'
import type { Range } from '../../state/exploration.ts'
import { routeHash } from '../../state/route.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { callsHash } from '../spend/spend-table.tsx'

interface SpikeActionsProps {
  spike: Spike
  filter: SpendFilter
  range: Range
  nowMs: number
}

const SAID_MS = 1_600

/** What to do about it: stop that work alone, cap it, give it more room, hand it on to somebody. */
export function SpikeActions({ spike, filter, range, nowMs }: SpikeActionsProps) {
  const { api } = useStore()
  const action = useAction()
  const [isPaused, setPaused] = useState(false)
  const [isCopied, setCopied] = useState(false)
  const { pausable, workloads } = spike
  const [workload] = workloads
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), SAID_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const pauseAll = async () => {
    for (const name of pausable) await api.pause(name)
    setPaused(true)
  }
  const resumeAll = async () => {
    for (const name of pausable) await api.resume(name)
    setPaused(false)
  }
  return (
    <div className="side-actions">
      <a className="button button-primary" href={callsHash(range, { ...filter, ...workload?.filter })}>
        See its calls
      </a>
      {pausable.length > 0 && (
        <Button
          icon={isPaused ? 'resume' : 'pause'}
          disabled={action.busy}
          onClick={() => void action.run(isPaused ? resumeAll : pauseAll)}
        >
          {isPaused ? 'Resume' : 'Pause'} {pausable.length === 1 ? 'this session' : `these ${pausable.length} sessions`}
        </Button>
      )}
      {workload && (
        <a className="button" href={capHash(capScope(workload.filter, workload.project))}>
          Cap this
        </a>
      )}
      <a className="button" href={routeHash('overview', null, 'raise')}>
        Raise the budget
      </a>
      <Button icon={isCopied ? 'done' : 'copy'} onClick={() => void copy(spikeReport(spike, nowMs), setCopied)}>
        {isCopied ? 'Copied' : 'Copy as report'}
      </Button>
      {action.error && (
        <span className="action-error" role="alert">
          {action.error}
        </span>
      )}
    </div>
  )
}

/** A session is over when it is over: a cap that lasts is one on its project, where that is known. */
function capScope(filter: SpendFilter, project: string | null): SpendFilter {
  return project === null ? filter : { project: [project] }
}

async function copy(text: string, setCopied: (copied: boolean) => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  } catch {
    setCopied(false)
  }
}
