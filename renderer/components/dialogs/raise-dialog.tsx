import { type FormEvent, useState } from 'react'
import { parseUsd } from '../../../shared/values/money.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { Button } from '../controls/button.tsx'
import { Dialog } from './dialog.tsx'

/** Asks for more on one budget. What the policy allows is granted at once, and the rest it refuses with its reason. */
export function RaiseDialog({ rule, onClose }: { rule: string; onClose: () => void }) {
  const { api } = useStore()
  const action = useAction()
  const [amount, setAmount] = useState('2.00')
  const [reason, setReason] = useState('')
  const amountUsd = amount.trim().replace(/^\$/, '')
  const valid = (parseUsd(amountUsd) ?? 0) > 0 && reason.trim() !== ''
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (valid && (await action.run(() => api.raise({ amountUsd, reason: reason.trim(), rule })))) onClose()
  }
  return (
    <Dialog title={`Raise “${rule}”`} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <p className="quiet">It counts until this budget resets, and it is recorded with your reason.</p>
        <label className="field">
          <span>Amount in dollars</span>
          <input
            className="input number"
            inputMode="decimal"
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        </label>
        <label className="field">
          <span>Reason</span>
          <input
            className="input"
            maxLength={200}
            placeholder="finishing the migration"
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        {action.error && (
          <p className="action-error" role="alert">
            {action.error}
          </p>
        )}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={!valid || action.busy}>
            Raise
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
