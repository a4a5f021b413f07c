import { useState } from 'react'
import type { ImportAnswer } from '../../../shared/contract/import.ts'
import { Button } from '../../components/controls/button.tsx'
import { Panel } from '../../components/display/panel.tsx'
import { usd } from '../../derive/format/amounts.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'

/** What agents did before Allowance was there, from the session files that they keep themselves. */
export function ImportPanel() {
  const { api } = useStore()
  const { busy, error, run } = useAction()
  const [outcome, setOutcome] = useState<string | null>(null)
  const read = () => run(async () => setOutcome(wordsOf(await api.settings.importHistory())))
  const forget = () => run(async () => setOutcome(`${await api.settings.removeImported()} imported answers removed.`))
  return (
    <Panel title="Earlier history">
      <p>
        Claude Code and Codex keep session files on this machine. Allowance can read from them when each answer came,
        its model, its tokens and its folder, but no text, and show them in Spend as imported, at list price. No cap
        counts them.
      </p>
      <div className="panel-actions">
        <Button busy={busy} onClick={() => void read()}>
          {busy ? 'Working …' : 'Import history'}
        </Button>
        <Button variant="quiet" busy={busy} onClick={() => void forget()}>
          Remove imported history
        </Button>
      </div>
      <p className="note" role="status">
        {outcome}
      </p>
      {error !== null && (
        <p className="action-error" role="alert">
          {error}
        </p>
      )}
    </Panel>
  )
}

function wordsOf({ agents, added, kept, metered, listUsd }: ImportAnswer): string {
  const files = agents.reduce((sum, agent) => sum + agent.files, 0)
  if (files === 0) return 'No session files were found.'
  const skipped = agents.reduce((sum, agent) => sum + agent.malformed + agent.unreadable, 0)
  return [
    `${added} answers added from ${files === 1 ? 'one file' : `${files} files`}; ${kept} imported in all, ${usd(listUsd)} at list price.`,
    ...(metered > 0 ? [`${metered} left out: Allowance metered them itself.`] : []),
    ...(skipped > 0 ? [`${skipped} lines or files could not be read.`] : []),
  ].join(' ')
}
