import { type FormEvent, type ReactNode, useState } from 'react'
import { formatUsd, parseUsd } from '../../../shared/values/money.ts'
import { nanosOf, usd } from '../../derive/format/amounts.ts'
import { readAmount } from '../../derive/format/amount-input.ts'
import type { PolicyView } from '../../state/api/api.ts'
import { useSnapshot, useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { useAnswer } from '../../state/use-answer.ts'
import { Button } from '../controls/button.tsx'
import { Field } from '../controls/field.tsx'
import { useFirstFocus } from '../controls/use-first-focus.ts'
import { Dialog } from './dialog.tsx'

/** Grants more on one cap until it resets: one's own as far as one likes, the policy's as far as it allows. */
export function RaiseDialog({ rule, onClose }: { rule: string; onClose: () => void }) {
  const { api } = useStore()
  const { value: policy, error } = useAnswer(rule, () => api.policy())
  return (
    <Dialog title={`Raise “${rule}”`} onClose={onClose}>
      {policy ? (
        <RaiseForm rule={rule} policy={policy} onClose={onClose} />
      ) : (
        <p className={error === null ? 'quiet' : 'action-error'}>{error ?? 'Reading what the policy allows …'}</p>
      )}
    </Dialog>
  )
}

interface RaiseFormProps {
  rule: string
  policy: PolicyView
  onClose: () => void
}

function RaiseForm({ rule, policy, onClose }: RaiseFormProps) {
  const { api } = useStore()
  const action = useAction()
  // The gateway's answer comes after the dialog: only now there is something to have the focus.
  const amount = useFirstFocus<HTMLInputElement>()
  const limit = useSnapshot(
    (snapshot) => snapshot.status?.budgets.find((budget) => budget.rule === rule)?.limit ?? null,
  )
  const isOwn = policy.rules.some(({ id, source }) => id === rule && source === 'own')
  const most = isOwn ? null : (policy.raise?.upToUsd ?? null)
  const [text, setText] = useState(most ?? '')
  const [reason, setReason] = useState('')
  if (!isOwn && policy.raise === null)
    return <Denied onClose={onClose}>The policy does not let you raise this cap. Ask its maintainer.</Denied>
  if (!isOwn && policy.raise?.leftToday === 0)
    return (
      <Denied onClose={onClose}>
        You have used all {policy.raise.perDay} raises that the policy allows in a day. Ask its maintainer.
      </Denied>
    )
  const typed = readAmount(text)
  const isTooMuch = most !== null && typed.usd !== null && (parseUsd(typed.usd) ?? 0) > (parseUsd(most) ?? 0)
  const wrong = isTooMuch ? `The policy allows at most ${usd(most)} at once.` : typed.error
  const isReady = typed.usd !== null && wrong === null && reason.trim() !== ''
  const edit = (change: () => void) => {
    action.clear()
    change()
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const { usd: amountUsd } = typed
    if (!isReady || amountUsd === null) return
    if (await action.run(() => api.raise({ amountUsd, reason: reason.trim(), rule }))) onClose()
  }
  return (
    <form onSubmit={(event) => void submit(event)}>
      <p className="quiet">It lasts until the cap resets, and is recorded with your reason.</p>
      <Field label="Amount in dollars" hint={hintOf(policy, isOwn)} error={wrong}>
        {(ids) => (
          <input
            {...ids}
            ref={amount}
            className="input number"
            inputMode="decimal"
            autoComplete="off"
            placeholder="0.00"
            value={text}
            onChange={(event) => edit(() => setText(event.target.value))}
          />
        )}
      </Field>
      {isOwn && limit !== null && (
        <div className="chips">
          {[0.25, 0.5, 1].map((share) => (
            <button
              key={share}
              type="button"
              className="chip"
              onClick={() => edit(() => setText(formatUsd(Math.ceil(nanosOf(limit) * share)).slice(1)))}
            >
              <span className="number">{formatUsd(Math.ceil(nanosOf(limit) * share))}</span>{' '}
              <span className="quiet">+{share * 100} %</span>
            </button>
          ))}
        </div>
      )}
      <Field label="Reason">
        {(ids) => (
          <input
            {...ids}
            className="input"
            maxLength={200}
            placeholder="finishing the migration"
            value={reason}
            onChange={(event) => edit(() => setReason(event.target.value))}
          />
        )}
      </Field>
      {action.error && (
        <p className="action-error" role="alert">
          {action.error}
        </p>
      )}
      <div className="dialog-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={!isReady || action.busy}>
          Raise
        </Button>
      </div>
    </form>
  )
}

function hintOf({ raise }: PolicyView, isOwn: boolean): string | undefined {
  if (isOwn || raise === null) return isOwn ? 'This cap is your own, so you decide how much.' : undefined
  return `The policy allows up to ${usd(raise.upToUsd)} at once; ${raise.leftToday} of ${raise.perDay} raises left today.`
}

function Denied({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  return (
    <>
      <p role="status">{children}</p>
      <div className="dialog-actions">
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </>
  )
}
