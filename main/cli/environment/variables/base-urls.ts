import { parseUrl } from '../../../../shared/values/parse-url.ts'
import { baseUrlFor, type ProxyPlace, tagFor } from './launch-urls.ts'
import type { Environment } from './saved-environment.ts'
import { BASE_URL_VARIABLES, type BaseUrlVariable } from './variables.ts'

export type Mode = 'connect' | 'base-url' | 'both'

export interface BaseUrlInput extends ProxyPlace {
  mode: Mode
  /** Launch tags: `project`, `session`, `environment`, any of one's own. */
  tags: Readonly<Record<string, string>>
  /** Whether a host is a provider's own, which needs no base URL to be seen. */
  isModelHost(host: string): boolean
}

/**
 * The base URLs of a launch. In connect mode only those that somebody had set to a place of his own: that place becomes
 * the run's upstream, because a client that goes there does not come by on its own.
 */
export function baseUrls(input: BaseUrlInput, original: Environment, warnings: string[]): Record<string, string> {
  const values: Record<string, string> = {}
  for (const variable of BASE_URL_VARIABLES) {
    const value = valueOf(variable, input, original, warnings)
    if (value !== null) values[variable.name] = value
  }
  return values
}

function valueOf(
  variable: BaseUrlVariable,
  input: BaseUrlInput,
  original: Environment,
  warnings: string[],
): string | null {
  const { provider, suffix, name } = variable
  const before = original[name]?.trim()
  const url = before ? parseUrl(before) : null
  if (!before || url === null) return defaultFor(variable, input, original)
  if (url.origin === new URL(input.proxyUrl).origin)
    return input.mode === 'connect' ? null : baseUrlFor(input, provider, suffix, input.tags)
  // The provider's own host is decrypted on its way.
  if (input.mode === 'connect' && url.protocol === 'https:' && input.isModelHost(url.hostname)) return null

  const plain = before.replace(/\/+$/, '')
  const versioned = suffix !== '' && plain.endsWith(suffix)
  const tag = tagFor(provider, versioned ? plain.slice(0, -suffix.length) : plain)
  if (tag !== null) return baseUrlFor(input, provider, versioned ? suffix : '', { ...input.tags, ...tag })
  warnings.push(`${name} is too long to be sent along: its calls go there directly and are not metered`)
  return null
}

function defaultFor(variable: BaseUrlVariable, input: BaseUrlInput, original: Environment): string | null {
  if (variable.set === 'bearer') return bedrock(variable, input, original)
  if (variable.set === 'if-set' || input.mode === 'connect') return null
  return baseUrlFor(input, variable.provider, variable.suffix, input.tags)
}

/** The AWS SDK for JavaScript takes no proxy from the environment, so with a token it is led here in every mode. */
function bedrock(variable: BaseUrlVariable, input: BaseUrlInput, original: Environment): string | null {
  if (!original['AWS_BEARER_TOKEN_BEDROCK']) return null
  const region = original['AWS_REGION'] || original['AWS_DEFAULT_REGION'] || 'us-east-1'
  const tag = tagFor(variable.provider, `https://bedrock-runtime.${region}.amazonaws.com`)
  return baseUrlFor(input, variable.provider, variable.suffix, { ...input.tags, ...tag })
}
