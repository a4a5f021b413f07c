import type { SettingSource, SettingsView } from '../../../shared/contract/settings-view.ts'
import { type Settings, settingsSchema } from '../../../shared/rules/settings.ts'
import { AllowanceError } from '../../../shared/contract/errors.ts'
import { nearest } from '../../core/policy/document/nearest.ts'
import { isManaged, type ManagedSettings, readManagedSettings } from './managed-settings.ts'
import { readSettingsDocument, writeSetting } from './settings-file.ts'
import { SETTING_VARIABLES, settingsFromEnv } from './settings-from-env.ts'

export interface SettingsKeeperOptions {
  /** `settings.json` of the home. */
  file: string
  env: Readonly<Record<string, string | undefined>>
  /** What the gateway started with. */
  running: Settings
  /** What the administrator of this machine has installed; looked for where it is left out. */
  managed?: ManagedSettings | null
}

/** Shows and changes the settings of a running gateway. What is changed counts from the next start. */
export interface SettingsKeeper {
  view(): SettingsView
  /** Throws `settings-invalid` where the result would not be valid, and writes nothing then. */
  set(key: string, value: unknown): void
  unset(key: string): void
}

type Setting = SettingsView['settings'][number]

/**
 * Rules are changed as caps, with a sentence and an undo, not as a setting. Hooks can start programs: a page must not be
 * able to set one, whatever got into it.
 */
const NOT_SHOWN = new Set(['ALLOWANCE_RULES', 'ALLOWANCE_HOOKS'])

const PLACES = new Map(
  Object.entries(SETTING_VARIABLES)
    .filter(([variable]) => !NOT_SHOWN.has(variable))
    .map(([variable, { place }]) => [place.join('.'), { variable, place }]),
)

/** @returns the keeper; it remembers what the file said at the start */
export function createSettingsKeeper({
  file,
  env,
  running,
  managed = readManagedSettings(),
}: SettingsKeeperOptions): SettingsKeeper {
  const atStart = readSettingsDocument(file)
  const fromEnv = settingsFromEnv(env).settings
  const defaults = settingsSchema.parse({})
  const change = (key: string, value: unknown): void => {
    if (isManaged(managed, key))
      throw new AllowanceError('not-allowed', `"${key}" is set by the administrator of this machine`, managed?.file)
    writeSetting(file, placeOf(key), value)
  }
  return {
    view: () => {
      const document = readSettingsDocument(file)
      const settings = [...PLACES].map(([key, { variable, place }]) => {
        const [written, started, said] = [document, atStart, fromEnv].map((one) => at(one, place))
        const isTheirs = isManaged(managed, key)
        const isPending = !isTheirs && said === undefined && !isSame(written, started)
        const value = isPending ? (written ?? at(defaults, place)) : at(running, place)
        const source = isTheirs
          ? 'managed'
          : isPending
            ? sourceOf(undefined, written)
            : sourceNow(at(running, place), said, written, at(defaults, place))
        return { key, variable, source, value: asJson(value), default: asJson(at(defaults, place)), isPending }
      })
      return { schema: 1, file, needsRestart: settings.some(({ isPending }) => isPending), settings }
    },
    set: (key, value) => change(key, value),
    unset: (key) => change(key, undefined),
  }
}

function placeOf(key: string): readonly string[] {
  const known = PLACES.get(key)
  if (known) return known.place
  throw new AllowanceError('usage', `no setting is named "${key}"`, nearest(key, [...PLACES.keys()]))
}

/** A value that neither the environment nor the file nor the default explains was given on the command line. */
function sourceNow(running: unknown, said: unknown, written: unknown, byDefault: unknown): SettingSource {
  const source = sourceOf(said, written)
  return source === 'default' && !isSame(running ?? null, byDefault ?? null) ? 'flag' : source
}

function sourceOf(said: unknown, written: unknown): SettingSource {
  if (said !== undefined) return 'environment'
  return written === undefined ? 'default' : 'file'
}

function at(document: unknown, place: readonly string[]): unknown {
  return place.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[key] : undefined),
    document,
  )
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** Settings come out of JSON; what is absent is null. */
function asJson(value: unknown): Setting['value'] {
  return (value ?? null) as Setting['value']
}
