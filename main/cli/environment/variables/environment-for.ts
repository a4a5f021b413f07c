import { parseUrl } from '../../../../shared/values/parse-url.ts'
import { bypasses } from '../../../proxy/intercept/upstream/upstream-proxy.ts'
import { type BaseUrlInput, baseUrls } from './base-urls.ts'
import { proxyUrlFor, tagFor } from './launch-urls.ts'
import { needsPreload, withPreload } from './node-options.ts'
import { encodeSaved, type Environment, markOf, readSaved, SAVED_NAME, withoutUs } from './saved-environment.ts'
import {
  ADDING_CA_NAMES,
  ALL_PROXY_NAMES,
  HTTP_PROXY_NAMES,
  HTTPS_PROXY_NAMES,
  NO_PROXY_HOSTS,
  NO_PROXY_NAMES,
  REPLACING_CA_NAMES,
  REPLACING_CA_NAMES_IF_SET,
} from './variables.ts'

export interface EnvironmentInput extends BaseUrlInput {
  /** Certificates for variables that add to a trust store, and for those that replace one (`trust-files`). */
  addedCaPath: string
  fullCaPath: string
  /** The environment as it is, with or without us. */
  env: Environment
  platform: NodeJS.Platform
  /** What Node below 22.21 has to load to honour the proxy; null where it must not be set (`env`). */
  preloadPath: string | null
  /** The Node that will run, `20.20.2`; null when nobody knows. */
  nodeVersion: string | null
}

export interface EnvironmentChange {
  set: Record<string, string>
  unset: string[]
  /** What `off` restores. */
  saved: Record<string, string | null>
  /** What the developer should know: traffic that will not be seen, and why. */
  warnings: string[]
}

/**
 * The variables that send a terminal's, or a child's, model traffic through the gateway. Pure, and idempotent: it
 * starts from what was there before us, so applied twice it changes nothing.
 */
export function environmentFor(input: EnvironmentInput): EnvironmentChange {
  const original = withoutUs(input.env)
  const warnings: string[] = []
  const values: Record<string, string> = {}
  const spelled = (names: readonly string[]) => (input.platform === 'win32' ? names.slice(0, 1) : names)

  if (input.mode !== 'base-url') {
    const { https, http } = proxiesBefore(input, original, warnings)
    for (const name of spelled(HTTPS_PROXY_NAMES)) values[name] = proxyUrlFor(input, { ...input.tags, ...https })
    for (const name of spelled(HTTP_PROXY_NAMES)) values[name] = proxyUrlFor(input, { ...input.tags, ...http })
    values['NODE_USE_ENV_PROXY'] = '1'
    for (const name of ADDING_CA_NAMES) values[name] = input.addedCaPath
    const replacing = REPLACING_CA_NAMES_IF_SET.filter((name) => original[name])
    for (const name of [...REPLACING_CA_NAMES, ...replacing]) values[name] = input.fullCaPath
    if (input.preloadPath !== null && needsPreload(input.nodeVersion))
      values['NODE_OPTIONS'] = withPreload(original['NODE_OPTIONS'], input.preloadPath)
  }
  for (const name of spelled(NO_PROXY_NAMES)) values[name] = noProxyFor(input, original, warnings)
  Object.assign(values, baseUrls(input, original, warnings))
  return changeTo(values, input, original, warnings)
}

/** The proxies that were set before us, as tags: they become the next hop of this launch. */
function proxiesBefore(input: EnvironmentInput, original: Environment, warnings: string[]) {
  const first = (names: readonly string[]) => names.map((name) => original[name]?.trim()).find(Boolean) ?? null
  const everything = first(NO_PROXY_NAMES) === '*' ? null : undefined
  const tagged = (names: readonly string[]): Record<string, string> => {
    const url = everything === null ? null : (first([...names].reverse()) ?? first(ALL_PROXY_NAMES))
    if (url === null) return {}
    const whole = url.includes('://') ? url : `http://${url}`
    // Set by hand in a shell's own files: it is us, and no next hop.
    if (parseUrl(whole)?.host === new URL(input.proxyUrl).host) return {}
    const tag = /^https?:/i.test(whole) ? tagFor('proxy', whole) : null
    if (tag === null)
      warnings.push(
        `the proxy that was set before (${names[0]}) cannot be chained to: only an http(s) proxy with a short URL can. Traffic goes out directly`,
      )
    return tag ?? {}
  }
  return { https: tagged(HTTPS_PROXY_NAMES), http: tagged(HTTP_PROXY_NAMES) }
}

function noProxyFor(input: EnvironmentInput, original: Environment, warnings: string[]): string {
  const before = NO_PROXY_NAMES.map((name) => original[name]).find(Boolean) ?? ''
  const entries = before.split(/[\s,]+/).filter((entry) => entry !== '' && entry !== '*')
  if (input.mode !== 'base-url')
    for (const host of ['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com'])
      if (bypasses(entries.join(), { host, port: 443 }))
        warnings.push(`NO_PROXY keeps ${host} away from the gateway: take it out to have its calls metered`)
  const ours = new URL(input.proxyUrl).hostname.replace(/^\[(.*)\]$/, '$1')
  return [...new Set([...entries, ...NO_PROXY_HOSTS, ours])].join(',')
}

function changeTo(
  values: Record<string, string>,
  input: EnvironmentInput,
  original: Environment,
  warnings: string[],
): EnvironmentChange {
  const saved: Record<string, string | null> = {}
  const marks: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) {
    saved[name] = original[name] ?? null
    marks[name] = markOf(value)
  }
  const set: Record<string, string> = {
    ...values,
    [SAVED_NAME]: encodeSaved({ saved, marks, tags: { ...input.tags } }),
  }
  const unset: string[] = []
  // What an earlier application of another mode set, and this one does not.
  for (const name of Object.keys(readSaved(input.env)?.saved ?? {}).filter((one) => !(one in values))) {
    const before = original[name]
    if (before === undefined) unset.push(name)
    else set[name] = before
  }
  return { set, unset: unset.filter((name) => input.env[name] !== undefined), saved, warnings: [...new Set(warnings)] }
}
