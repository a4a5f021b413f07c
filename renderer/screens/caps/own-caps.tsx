import { useState } from 'react'
import type { Status } from '../../../shared/contract/contract.ts'
import type { OwnRulesAnswer } from '../../../shared/rules/own-rules.ts'
import { Button, IconButton } from '../../components/controls/button.tsx'
import { RaiseDialog } from '../../components/dialogs/raise-dialog.tsx'
import { Bar } from '../../components/display/bar.tsx'
import { Nothing, Panel } from '../../components/display/panel.tsx'
import { inUnit } from '../../derive/format/amounts.ts'
import { gaugeOf } from '../../derive/format/gauge.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { CapDialog, type CapStart } from './cap-dialog.tsx'
import { useUndoToast } from './use-caps.ts'

type OwnRule = OwnRulesAnswer['rules'][number]

/** The caps that a developer set for themselves: set, changed, raised and removed here. */
export function OwnCaps({ answer, status, asked, onAsked }: OwnCapsProps) {
  const [start, setStart] = useState<CapStart | null>(null)
  const [raising, setRaising] = useState<string | null>(null)
  const caps = answer.rules.filter(({ guard }) => guard === 'spend-cap')
  const shown = start ?? asked
  const close = () => {
    setStart(null)
    if (asked !== null) onAsked()
  }
  return (
    <Panel
      title="Your caps"
      aside={
        <Button icon="add" variant={caps.length === 0 ? 'primary' : 'plain'} onClick={() => setStart({ kind: 'new' })}>
          Set a cap
        </Button>
      }
    >
      {caps.length === 0 ? (
        <Nothing>
          You have set no cap. A cap of your own counts beside the company’s policy and never loosens it.
        </Nothing>
      ) : (
        <ul className="rows">
          {caps.map((cap) => (
            <OwnCap
              key={cap.id}
              cap={cap}
              status={status}
              onEdit={() => setStart({ kind: 'edit', id: cap.id, document: cap.document })}
              onRaise={() => setRaising(cap.id)}
            />
          ))}
        </ul>
      )}
      {shown && <CapDialog start={shown} onClose={close} />}
      {raising !== null && <RaiseDialog rule={raising} onClose={() => setRaising(null)} />}
    </Panel>
  )
}

interface OwnCapsProps {
  answer: OwnRulesAnswer
  status: Status
  /** A cap that an address asked for. */
  asked: CapStart | null
  onAsked: () => void
}

function OwnCap({
  cap,
  status,
  onEdit,
  onRaise,
}: {
  cap: OwnRule
  status: Status
  onEdit: () => void
  onRaise: () => void
}) {
  const { api } = useStore()
  const action = useAction()
  const undoable = useUndoToast()
  const budget = status.budgets.find(({ rule }) => rule === cap.id)
  const gauge = budget && gaugeOf(budget)
  const remove = async () => {
    if (await action.run(() => api.caps.remove(cap.id))) undoable('Cap removed', cap.sentence)
  }
  return (
    <li className="own-cap">
      <div className="own-cap-text">
        <p>{cap.sentence}</p>
        {budget && gauge && (
          <>
            <Bar label={`${cap.id}: how much is spent`} value={gauge.spent} extra={gauge.held} level={gauge.level} />
            <span className="quiet small number">
              {inUnit(budget.unit, budget.spent)} of {inUnit(budget.unit, budget.limit)} spent,{' '}
              {inUnit(budget.unit, budget.left)} left
            </span>
          </>
        )}
        {action.error && (
          <p className="action-error" role="alert">
            {action.error}
          </p>
        )}
      </div>
      <div className="own-cap-actions">
        {budget && <IconButton label={`Raise ${cap.id}`} icon="raise" onClick={onRaise} />}
        <IconButton label={`Change ${cap.id}`} icon="edit" onClick={onEdit} />
        <IconButton label={`Remove ${cap.id}`} icon="remove" disabled={action.busy} onClick={() => void remove()} />
      </div>
    </li>
  )
}
