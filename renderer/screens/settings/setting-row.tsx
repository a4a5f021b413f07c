import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { SettingSource, SettingsView } from '../../../shared/contract/settings-view.ts'
import { Button } from '../../components/controls/button.tsx'
import { Field } from '../../components/controls/field.tsx'
import { useFirstFocus } from '../../components/controls/use-first-focus.ts'
import { readSetting, settingText, sourceWords } from '../../derive/settings/setting-text.ts'
import type { SettingWords } from '../../derive/settings/setting-words.ts'
import type { SettingValue } from '../../state/own/settings-api.ts'
import { useStore } from '../../state/store-context.tsx'
import { useAction } from '../../state/use-action.ts'

type Setting = SettingsView['settings'][number]

interface SettingRowProps {
  words: SettingWords
  setting: Setting
  onChanged: () => void
}

/** Why a setting cannot be changed here; of the sources that are not named it can. */
const WHY_FIXED: Partial<Record<SettingSource, string>> = {
  managed: 'Set by the administrator of this machine',
  flag: 'Given when the gateway was started',
  environment: 'Change it in the environment',
}

/** One setting: what it does, its value, where that comes from, and the way to change it. */
export function SettingRow({ words, setting, onChanged }: SettingRowProps) {
  const [isOpen, setOpen] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  useEffect(() => {
    if (wasOpen.current && !isOpen) opener.current?.focus()
    wasOpen.current = isOpen
  }, [isOpen])
  const { source, variable, isPending } = setting
  const shown = settingText(setting.value, words)
  const isFixed = source === 'environment' || source === 'flag' || source === 'managed'
  const close = (changed: boolean) => {
    setOpen(false)
    if (changed) onChanged()
  }
  return (
    <li className="setting">
      <div className="setting-text">
        <h3>{words.title}</h3>
        <p className="quiet small">{words.help}</p>
      </div>
      {isOpen ? (
        <SettingForm words={words} setting={setting} onClose={close} />
      ) : (
        <div className="setting-value">
          <span className="setting-now">
            <span className={shown === '' ? 'quiet' : 'number clip'} title={shown}>
              {shown === '' ? 'not set' : shown}
            </span>
            <span className="quiet small">
              {sourceWords(source, variable)}
              {isPending && <span className="level-text-warn"> · after a restart</span>}
            </span>
          </span>
          {isFixed ? (
            <span className="quiet small setting-fixed">{WHY_FIXED[source]}</span>
          ) : (
            <Button ref={opener} aria-label={`Change ${words.title}`} onClick={() => setOpen(true)}>
              Change
            </Button>
          )}
        </div>
      )}
    </li>
  )
}

interface SettingFormProps {
  words: SettingWords
  setting: Setting
  onClose: (changed: boolean) => void
}

function SettingForm({ words, setting, onClose }: SettingFormProps) {
  const { api } = useStore()
  const action = useAction()
  const { kind, choices, example } = words
  const field = useFirstFocus<HTMLInputElement & HTMLSelectElement & HTMLTextAreaElement>()
  const [text, setText] = useState(kind === 'choice' ? String(setting.value) : settingText(setting.value, words))
  const [wrong, setWrong] = useState<string | null>(null)
  const type = (next: string) => {
    action.clear()
    setWrong(null)
    setText(next)
  }
  const unset = async () => {
    if (await action.run(() => api.settings.unset(setting.key))) onClose(true)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return void unset()
    const read = readSetting(text, kind)
    if (read.error !== null) return setWrong(read.error)
    const value: SettingValue = read.value
    if (await action.run(() => api.settings.set(setting.key, value))) onClose(true)
  }
  return (
    <form className="setting-form" onSubmit={(event) => void submit(event)}>
      <Field label={words.title} error={wrong ?? action.error}>
        {(ids) =>
          choices ? (
            <select {...ids} ref={field} className="select" value={text} onChange={(event) => type(event.target.value)}>
              {choices.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          ) : kind === 'json' ? (
            <textarea
              {...ids}
              ref={field}
              className="input"
              rows={4}
              spellCheck={false}
              placeholder={example}
              value={text}
              onChange={(event) => type(event.target.value)}
            />
          ) : (
            <input
              {...ids}
              className="input"
              ref={field}
              spellCheck={false}
              placeholder={example}
              value={text}
              onChange={(event) => type(event.target.value)}
            />
          )
        }
      </Field>
      <div className="setting-actions">
        <Button type="submit" variant="primary" disabled={action.busy}>
          Save
        </Button>
        {setting.source === 'file' && (
          <Button disabled={action.busy} onClick={() => void unset()}>
            Back to the default
          </Button>
        )}
        <Button variant="quiet" onClick={() => onClose(false)}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
