import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { z } from 'zod'
import { AllowanceError, messageOf } from '../../../shared/contract/errors.ts'
import type { DocumentError } from '../../../shared/rules/policy.ts'
import { type Settings, settingsSchema } from '../../../shared/rules/settings.ts'
import { isTimeZone } from '../../../shared/values/time-window.ts'
import { errorsOf } from '../../core/policy/document/document-errors.ts'
import { nearest } from '../../core/policy/document/nearest.ts'
import { parseRules } from '../../core/policy/document/parse-policy.ts'
import { PROVIDERS } from '../../core/providers/registry.ts'
import { isManaged, type ManagedSettings, readManagedSettings, withManaged } from './managed-settings.ts'
import { settingsFromEnv } from './settings-from-env.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface SettingsSources {
  /** `settings.json` of the home; it need not exist. */
  file: string
  env: Record<string, string | undefined>
  /** What the flags said: the strongest. */
  flags?: z.input<typeof settingsSchema>
  /** Where relative paths in flags and variables start. */
  cwd: string
  /** What the administrator of this machine has installed; looked for where it is left out. */
  managed?: ManagedSettings | null
}

/**
 * The settings: those of the administrator over flags over `ALLOWANCE_*` variables over `settings.json` over the defaults. Strict: throws
 * `settings-invalid` with every error, its path and the nearest known name.
 */
export function readSettings({
  file,
  env,
  flags = {},
  cwd,
  managed = readManagedSettings(),
}: SettingsSources): Settings {
  const fromFile = readSettingsDocument(file)
  const fromEnv = settingsFromEnv(env)
  const strong = merge(fromEnv.settings, flags as Document)
  const errors = [
    ...fromEnv.errors,
    ...checkSettings(fromFile).map((error) => ({ ...error, path: `${file}: ${error.path}` })),
    ...checkSettings({ ...managed?.document }).map((error) => ({ ...error, path: `${managed?.file}: ${error.path}` })),
  ]
  if (errors.length === 0) errors.push(...checkSettings(strong))
  if (errors.length > 0) throw settingsInvalid(errors)
  const settings = settingsSchema.parse(withManaged(merge(fromFile, strong), managed))
  const strangers = unknownUpstreams(settings)
  if (strangers.length > 0) throw settingsInvalid(strangers)
  const isTheirs = managed !== null && isManaged(managed, 'policy')
  const base = isTheirs ? path.dirname(managed.file) : urlOf(strong) === null ? path.dirname(file) : cwd
  return { ...settings, policy: { ...settings.policy, url: resolveSource(settings.policy.url, base) } }
}

/** What stands in `settings.json`, unchecked; empty when there is none. Throws when it is not a JSON object. */
export function readSettingsDocument(file: string): Document {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw settingsInvalid([{ path: file, message: messageOf(error), suggestion: null }])
  }
  try {
    // Editors on Windows put a mark before the first sign.
    const document = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown
    if (isDocument(document)) return document
  } catch (error) {
    throw settingsInvalid([{ path: file, message: messageOf(error), suggestion: null }])
  }
  throw settingsInvalid([{ path: file, message: 'not a JSON object', suggestion: null }])
}

/** Changes some settings in the file and keeps the others. Throws `settings-invalid` when the result would not be valid. */
export function updateSettings(file: string, changes: Document): void {
  const document = merge(readSettingsDocument(file), changes)
  const errors = checkSettings(document)
  if (errors.length > 0) throw settingsInvalid(errors)
  writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`)
}

/**
 * Sets one setting in the file, or takes it out where `value` is undefined, and keeps the others. Throws
 * `settings-invalid` when the result would not be valid.
 */
export function writeSetting(file: string, place: readonly string[], value: unknown): void {
  const document = put(readSettingsDocument(file), place, value)
  const errors = checkSettings(document)
  if (errors.length === 0) errors.push(...unknownUpstreams(settingsSchema.parse(document)))
  if (errors.length > 0) throw settingsInvalid(errors)
  writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`)
}

function put(document: Document, [key = '', ...rest]: readonly string[], value: unknown): Document {
  const inner = document[key]
  const next = rest.length === 0 ? value : put(isDocument(inner) ? inner : {}, rest, value)
  const isGone = next === undefined || (rest.length > 0 && Object.keys(next as Document).length === 0)
  const { [key]: _, ...others } = document
  return isGone ? others : { ...document, [key]: next }
}

type Document = Record<string, unknown>

function checkSettings(document: Document): DocumentError[] {
  const parsed = settingsSchema.safeParse(document, { reportInput: true })
  const errors = parsed.success ? [] : errorsOf(parsed.error.issues, '', settingsSchema)
  const zone = document.timezone
  if (typeof zone === 'string' && zone !== 'local' && !isTimeZone(zone)) {
    errors.push({ path: 'timezone', message: `"${zone}" is not an IANA time zone`, suggestion: 'Europe/Paris' })
  }
  return [...errors, ...(Array.isArray(document.rules) ? parseRules(document.rules).errors : [])]
}

/** A mistyped provider would go on to its own origin: a company's traffic past the company's gateway. */
function unknownUpstreams({ upstreams, providers }: Settings): DocumentError[] {
  const known = [...PROVIDERS.map(({ id }) => id), ...Object.keys(providers)]
  return Object.keys(upstreams)
    .filter((id) => !known.includes(id))
    .map((id) => ({ path: `upstreams.${id}`, message: 'unknown provider', suggestion: nearest(id, known) }))
}

function settingsInvalid(errors: readonly DocumentError[]): AllowanceError {
  const lines = errors.map(({ path: where, message, suggestion }) => {
    const hint = suggestion === null ? '' : `; did you mean "${suggestion}"?`
    return `${where}: ${message}${hint}`
  })
  return new AllowanceError(
    'settings-invalid',
    `the settings are not valid: ${lines.join(' · ')}`,
    'correct the setting named above',
  )
}

/** Objects are merged, everything else is replaced; what is undefined says nothing. */
function merge(weak: Document, strong: Document): Document {
  const merged = { ...weak }
  for (const [key, value] of Object.entries(strong)) {
    if (value === undefined) continue
    const before = merged[key]
    merged[key] = isDocument(before) && isDocument(value) ? merge(before, value) : value
  }
  return merged
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function urlOf(document: Document): unknown {
  return (isDocument(document.policy) ? document.policy.url : null) ?? null
}

/** A URL as it is, a file as an absolute path. */
function resolveSource(source: string | null, base: string): string | null {
  return source === null || /^[a-z]+:\/\//i.test(source) ? source : path.resolve(base, source)
}
