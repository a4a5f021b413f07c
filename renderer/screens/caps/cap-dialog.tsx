import { type FormEvent, useRef, useState } from 'react'
import type { Scope } from '../../../shared/rules/policy.ts'
import { Button } from '../../components/controls/button.tsx'
import { Field } from '../../components/controls/field.tsx'
import { Segmented } from '../../components/controls/segmented.tsx'
import { Dialog } from '../../components/dialogs/dialog.tsx'
import { type CapForm, capFormOf, capRequestOf, newCap, PERIODS, scopeText } from '../../derive/caps/cap-form.ts'
import { usd } from '../../derive/format/amounts.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'
import { CapOutlook } from './cap-outlook.tsx'
import { CapPresets } from './cap-presets.tsx'
import { CapScopeFields } from './cap-scope-fields.tsx'
import { useUndoToast } from './use-caps.ts'

/** A new cap, or one that was set and is to be changed. */
export type CapStart =
  | { kind: 'new'; scope?: Scope; per?: string }
  | { kind: 'edit'; id: string; document: Readonly<Record<string, unknown>> }

const ACTIONS = [
  { value: 'deny', label: 'Refuse calls' },
  { value: 'ask', label: 'Ask me' },
] as const
const PERIOD_WORDS = { day: 'Day', week: 'Week', month: 'Month' }

/** Sets one's own cap, saying while it is typed what it means and what it would have done. */
export function CapDialog({ start, onClose }: { start: CapStart; onClose: () => void }) {
  const { api } = useStore()
  const action = useAction()
  const undoable = useUndoToast()
  const amount = useRef<HTMLInputElement>(null)
  const isNew = start.kind === 'new'
  const [form, setForm] = useState<CapForm>(() =>
    isNew ? { ...newCap(start.scope), per: start.per ?? 'day' } : capFormOf(start.document),
  )
  const { request, error } = capRequestOf(form)
  const change = (next: Partial<CapForm>) => {
    action.clear()
    setForm((before) => ({ ...before, ...next }))
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (request === null || !(await action.run(() => api.caps.set(request)))) return
    undoable(isNew ? 'Cap set' : 'Cap changed', `${usd(request.amountUsd)} per ${form.per}`)
    onClose()
  }
  return (
    <Dialog title={isNew ? 'Set a cap' : 'Change your cap'} onClose={onClose} firstFocus={amount}>
      <form onSubmit={(event) => void submit(event)}>
        <div className="cap-amount">
          <Field label="Amount in dollars" error={error}>
            {(ids) => (
              <input
                {...ids}
                ref={amount}
                className="input number"
                inputMode="decimal"
                autoComplete="off"
                placeholder="0.00"
                value={form.amount}
                onChange={(event) => change({ amount: event.target.value })}
              />
            )}
          </Field>
          {isNew && (
            <div className="field">
              <span aria-hidden="true">Per</span>
              <Segmented
                label="Per"
                value={form.per as (typeof PERIODS)[number]}
                options={PERIODS.map((value) => ({ value, label: PERIOD_WORDS[value] }))}
                onChange={(per) => change({ per })}
              />
            </div>
          )}
        </div>
        {isNew && form.per === 'day' && Object.keys(form.scope).length === 0 && (
          <CapPresets onPick={(amountUsd) => change({ amount: amountUsd })} />
        )}
        {isNew ? (
          <CapScopeFields form={form} onChange={change} />
        ) : (
          <p className="field-hint">
            Per {form.per}, for {scopeText(form.scope) ?? 'everything'}
            {form.each !== '' && `, one for each ${form.each}`}. To change that, set another cap.
          </p>
        )}
        <div className="cap-when">
          <div className="field">
            <span aria-hidden="true">When it is reached</span>
            <Segmented
              label="When it is reached"
              value={form.action}
              options={ACTIONS}
              onChange={(value) => change({ action: value })}
            />
          </div>
          <Field label="Warn at %">
            {(ids) => (
              <input
                {...ids}
                className="input number"
                inputMode="numeric"
                value={form.warnAt}
                onChange={(event) => change({ warnAt: event.target.value })}
              />
            )}
          </Field>
        </div>
        <CapOutlook request={request} />
        {action.error && (
          <p className="action-error" role="alert">
            {action.error}
          </p>
        )}
        <div className="dialog-actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={request === null || action.busy}>
            {isNew ? 'Set cap' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
