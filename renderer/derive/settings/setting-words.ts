/** How a setting is written: on one line, as a number, by choosing, as a list with commas, or as JSON. */
export type SettingKind = 'text' | 'number' | 'choice' | 'list' | 'json'

export interface SettingWords {
  key: string
  title: string
  help: string
  kind: SettingKind
  choices?: readonly { value: string; label: string }[]
  /** Said in an empty field: how a value looks. */
  example?: string
}

export interface SettingGroup {
  title: string
  settings: readonly SettingWords[]
}

/** The settings that a person may change in the window, in the order in which they may want to. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  {
    title: 'Company policy and enrollment',
    settings: [
      {
        key: 'policy.url',
        title: 'Policy address',
        help: 'URL or file of your company’s policy; {developer} in it is replaced by who you are.',
        kind: 'text',
        example: 'https://policy.acme.dev/{developer}.json',
      },
      {
        key: 'developer',
        title: 'Who you are',
        help: 'The name that the policy and reports know you by. Without it, git’s user.email or your login.',
        kind: 'text',
        example: 'ada@acme.dev',
      },
      {
        key: 'policy.onFirstFetch',
        title: 'Until the first policy arrives',
        help: 'What happens to calls while the policy has never been fetched.',
        kind: 'choice',
        choices: [
          { value: 'open', label: 'Let calls through' },
          { value: 'closed', label: 'Refuse calls' },
        ],
      },
      {
        key: 'policy.refreshSeconds',
        title: 'Check for changes every',
        help: 'Seconds between two checks of the policy.',
        kind: 'number',
      },
      {
        key: 'policy.audience',
        title: 'Audience',
        help: 'A policy that was written for another audience is rejected.',
        kind: 'text',
        example: 'acme-developers',
      },
      {
        key: 'policy.keys',
        title: 'Signing keys',
        help: 'Public keys (JWK). Once there is one, an unsigned policy is rejected.',
        kind: 'json',
      },
    ],
  },
  {
    title: 'Time and history',
    settings: [
      {
        key: 'timezone',
        title: 'Time zone',
        help: 'When a day begins, where the policy names no zone: local, or a name such as Europe/Paris.',
        kind: 'text',
        example: 'local',
      },
      {
        key: 'ledger.keepDays',
        title: 'Keep calls for',
        help: 'Days after which calls are deleted. What a budget still counts is kept longer.',
        kind: 'number',
      },
    ],
  },
  {
    title: 'Prices and providers',
    settings: [
      {
        key: 'pricesUrl',
        title: 'Price list address',
        help: 'Where newer list prices are. A broken list never replaces a good one.',
        kind: 'text',
        example: 'https://prices.acme.dev/list.json',
      },
      {
        key: 'prices',
        title: 'Your own prices',
        help: 'Prices per million tokens, for models that the list does not know or that cost you less.',
        kind: 'json',
        example: '[{"model": "acme-70b", "inputUsdPerMillion": "0.20", "outputUsdPerMillion": "0.80"}]',
      },
      {
        key: 'providers',
        title: 'Your own providers',
        help: 'OpenAI-compatible servers of your own: their origin, their hosts, and whether they are free.',
        kind: 'json',
        example: '{"acme": {"origin": "https://llm.acme.dev", "hosts": ["llm.acme.dev"], "free": false}}',
      },
      {
        key: 'upstreams',
        title: 'Company gateways',
        help: 'Sends a provider’s calls to another origin instead of its own.',
        kind: 'json',
        example: '{"openai": "https://llm.acme.dev"}',
      },
    ],
  },
  {
    title: 'Network',
    settings: [
      {
        key: 'port',
        title: 'Proxy port',
        help: 'Where your programs reach the proxy. 0 takes a free port.',
        kind: 'number',
      },
      {
        key: 'controlPort',
        title: 'Dashboard port',
        help: 'Where the dashboard and the command line reach the gateway.',
        kind: 'number',
      },
      {
        key: 'listen',
        title: 'Listen on',
        help: 'Address of the proxy. Anything but loopback asks every client for the proxy token.',
        kind: 'text',
        example: '127.0.0.1',
      },
      {
        key: 'httpsProxy',
        title: 'Outgoing proxy',
        help: 'A proxy for all outgoing traffic. Without one, the gateway’s own HTTPS_PROXY.',
        kind: 'text',
        example: 'http://proxy.acme.dev:3128',
      },
      {
        key: 'caFile',
        title: 'More trusted certificates',
        help: 'A PEM file of root certificates to trust in addition to the system’s.',
        kind: 'text',
        example: '/etc/ssl/acme.pem',
      },
      {
        key: 'allowedOrigins',
        title: 'Web pages that may call',
        help: 'Origins of web pages that may send calls through the proxy, separated by commas.',
        kind: 'list',
        example: 'http://localhost:3000',
      },
      {
        key: 'limits.maxBodyBytes',
        title: 'Largest request',
        help: 'A request with a body of more bytes than this is refused.',
        kind: 'number',
      },
      {
        key: 'limits.upstreamIdleSeconds',
        title: 'Longest silence of a provider',
        help: 'Seconds without a byte, after which a call is given up. Long reasoning can take many minutes.',
        kind: 'number',
      },
      {
        key: 'limits.bodyMemoryBytes',
        title: 'Memory for requests',
        help: 'Bytes for all request bodies that are being read at once. Beyond it, requests wait their turn.',
        kind: 'number',
      },
    ],
  },
  {
    title: 'Telemetry',
    settings: [
      {
        key: 'telemetry.otlpUrl',
        title: 'OpenTelemetry receiver',
        help: 'Where calls and sums are exported to (OTLP over HTTP). A receiver named by the policy takes precedence.',
        kind: 'text',
        example: 'https://collector.acme.dev:4318',
      },
      {
        key: 'telemetry.headersFromEnv',
        title: 'Headers for it',
        help: 'Each header with the environment variable that holds its value.',
        kind: 'json',
        example: '{"authorization": "OTLP_TOKEN"}',
      },
    ],
  },
]
