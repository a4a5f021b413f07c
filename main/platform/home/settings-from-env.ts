import { messageOf } from '../../../shared/contract/errors.ts'
import type { DocumentError } from '../../../shared/rules/policy.ts'

/** How a variable's text becomes a setting's value. */
type Reader = (text: string) => unknown

const asText: Reader = (text) => text
const asJson: Reader = (text) => JSON.parse(text) as unknown
const asNumber: Reader = (text) => {
  if (!/^\d+$/.test(text.trim())) throw new Error(`not a whole number: ${JSON.stringify(text)}`)
  return Number(text)
}
const asList: Reader = (text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Variables that are settings, each with the place it stands for. `ALLOWANCE_HOME` is where the settings are, not one of them. */
export const SETTING_VARIABLES: Readonly<Record<string, { place: readonly string[]; read: Reader }>> = {
  ALLOWANCE_PORT: { place: ['port'], read: asNumber },
  ALLOWANCE_CONTROL_PORT: { place: ['controlPort'], read: asNumber },
  ALLOWANCE_LISTEN: { place: ['listen'], read: asText },
  ALLOWANCE_DEVELOPER: { place: ['developer'], read: asText },
  ALLOWANCE_TIMEZONE: { place: ['timezone'], read: asText },
  ALLOWANCE_UPSTREAMS: { place: ['upstreams'], read: asJson },
  ALLOWANCE_PROVIDERS: { place: ['providers'], read: asJson },
  ALLOWANCE_RULES: { place: ['rules'], read: asJson },
  ALLOWANCE_PRICES: { place: ['prices'], read: asJson },
  ALLOWANCE_PRICES_URL: { place: ['pricesUrl'], read: asText },
  ALLOWANCE_POLICY: { place: ['policy', 'url'], read: asText },
  ALLOWANCE_POLICY_AUDIENCE: { place: ['policy', 'audience'], read: asText },
  ALLOWANCE_POLICY_KEYS: { place: ['policy', 'keys'], read: asJson },
  ALLOWANCE_POLICY_REFRESH_SECONDS: { place: ['policy', 'refreshSeconds'], read: asNumber },
  ALLOWANCE_POLICY_ON_FIRST_FETCH: { place: ['policy', 'onFirstFetch'], read: asText },
  ALLOWANCE_KEEP_DAYS: { place: ['ledger', 'keepDays'], read: asNumber },
  ALLOWANCE_MAX_BODY_BYTES: { place: ['limits', 'maxBodyBytes'], read: asNumber },
  ALLOWANCE_BODY_MEMORY_BYTES: { place: ['limits', 'bodyMemoryBytes'], read: asNumber },
  ALLOWANCE_UPSTREAM_IDLE_SECONDS: { place: ['limits', 'upstreamIdleSeconds'], read: asNumber },
  ALLOWANCE_ALLOWED_ORIGINS: { place: ['allowedOrigins'], read: asList },
  ALLOWANCE_ALLOW_OTHER_USERS: { place: ['allowOtherUsers'], read: asJson },
  ALLOWANCE_OTLP_URL: { place: ['telemetry', 'otlpUrl'], read: asText },
  ALLOWANCE_OTLP_HEADERS_FROM_ENV: { place: ['telemetry', 'headersFromEnv'], read: asJson },
  ALLOWANCE_HOOKS: { place: ['hooks'], read: asJson },
  ALLOWANCE_HTTPS_PROXY: { place: ['httpsProxy'], read: asText },
  ALLOWANCE_CA_FILE: { place: ['caFile'], read: asText },
}

/** The settings that the environment says; an empty variable says nothing. Errors name the variable. */
export function settingsFromEnv(env: Record<string, string | undefined>): {
  settings: Record<string, unknown>
  errors: DocumentError[]
} {
  const settings: Record<string, unknown> = {}
  const errors: DocumentError[] = []
  for (const [name, { place, read }] of Object.entries(SETTING_VARIABLES)) {
    const text = env[name]
    if (text === undefined || text === '') continue
    try {
      put(settings, place, read(text))
    } catch (error) {
      errors.push({ path: name, message: messageOf(error), suggestion: null })
    }
  }
  return { settings, errors }
}

function put(settings: Record<string, unknown>, place: readonly string[], value: unknown): void {
  const [first = '', ...rest] = place
  if (rest.length === 0) {
    settings[first] = value
    return
  }
  const inner = (settings[first] ?? {}) as Record<string, unknown>
  settings[first] = inner
  put(inner, rest, value)
}
