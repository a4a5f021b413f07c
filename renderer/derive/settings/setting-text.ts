import type { SettingSource } from '../../../shared/contract/settings-view.ts'
import type { SettingValue } from '../../state/own/settings-api.ts'
import type { SettingWords } from './setting-words.ts'

/** A setting's value as it is shown, and as it stands in its field. */
export function settingText(value: unknown, { kind, choices }: Pick<SettingWords, 'kind' | 'choices'>): string {
  if (value === null || value === undefined) return ''
  if (kind === 'choice') return choices?.find((choice) => choice.value === value)?.label ?? String(value)
  if (kind === 'list') return Array.isArray(value) ? value.join(', ') : ''
  if (kind === 'json') return isEmpty(value) ? '' : JSON.stringify(value)
  return String(value)
}

export type ReadSetting = { value: SettingValue; error: null } | { value: null; error: string }

/** What was typed, as the value that the gateway checks. */
export function readSetting(text: string, kind: SettingWords['kind']): ReadSetting {
  const bare = text.trim()
  switch (kind) {
    case 'number':
      return /^\d+$/.test(bare) ? found(Number(bare)) : { value: null, error: 'Enter a whole number.' }
    case 'list':
      return found(
        bare
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      )
    case 'json':
      try {
        return found(JSON.parse(bare) as SettingValue)
      } catch (error) {
        return { value: null, error: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` }
      }
    case 'text':
    case 'choice':
      return found(bare)
  }
}

/** Where a value comes from, in a word. */
export function sourceWords(source: SettingSource, variable: string): string {
  switch (source) {
    case 'default':
      return 'default'
    case 'file':
      return 'settings.json'
    case 'environment':
      return variable
    case 'flag':
      return 'command line'
    case 'managed':
      return 'administrator'
  }
}

function found(value: SettingValue): ReadSetting {
  return { value, error: null }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
