/** The proxy's own variables. Programs disagree on the spelling; Windows knows no difference. */
export const HTTPS_PROXY_NAMES = ['HTTPS_PROXY', 'https_proxy']
export const HTTP_PROXY_NAMES = ['HTTP_PROXY', 'http_proxy']
export const NO_PROXY_NAMES = ['NO_PROXY', 'no_proxy']
export const ALL_PROXY_NAMES = ['all_proxy', 'ALL_PROXY']

/** Never through us: this machine, and what containers call it. */
export const NO_PROXY_HOSTS = ['localhost', '127.0.0.1', '::1', '.local', 'host.docker.internal']

/** They add to a program's own trust store. */
export const ADDING_CA_NAMES = ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']

/** They replace a program's trust store: curl and Python, requests, git, cargo, pip, the AWS CLI, Perl, Codex, gRPC. */
export const REPLACING_CA_NAMES = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'PIP_CERT',
  'AWS_CA_BUNDLE',
  'PERL_LWP_SSL_CA_FILE',
  'CODEX_CA_CERTIFICATE',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
]

/** As above, but set only where they were: their mere presence changes what a program does. */
export const REPLACING_CA_NAMES_IF_SET = [
  'NIX_SSL_CERT_FILE',
  'HTTPLIB2_CA_CERTS',
  'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE',
]

/** A client's variable for the origin it calls. */
export interface BaseUrlVariable {
  name: string
  provider: string
  /** What the client expects to stand before the path that it adds. */
  suffix: '' | '/v1'
  /**
   * `always`: in base-url mode. `if-set`: only in place of an origin that was there, as clients have another default or
   * read the variable for something else. `bearer`: when a Bedrock token stands in for signatures, which would break.
   */
  set: 'always' | 'if-set' | 'bearer'
}

export const BASE_URL_VARIABLES: readonly BaseUrlVariable[] = [
  { name: 'OPENAI_BASE_URL', provider: 'openai', suffix: '/v1', set: 'always' },
  { name: 'OPENAI_API_BASE', provider: 'openai', suffix: '/v1', set: 'always' },
  // Without /v1: its own SDK adds it. Clients that do not are understood all the same.
  { name: 'ANTHROPIC_BASE_URL', provider: 'anthropic', suffix: '', set: 'always' },
  { name: 'ANTHROPIC_API_URL', provider: 'anthropic', suffix: '', set: 'if-set' },
  { name: 'GOOGLE_GEMINI_BASE_URL', provider: 'google', suffix: '', set: 'always' },
  { name: 'CODE_ASSIST_ENDPOINT', provider: 'google', suffix: '', set: 'if-set' },
  { name: 'GOOGLE_VERTEX_BASE_URL', provider: 'vertex', suffix: '', set: 'if-set' },
  { name: 'AZURE_OPENAI_ENDPOINT', provider: 'azure', suffix: '', set: 'if-set' },
  { name: 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME', provider: 'bedrock', suffix: '', set: 'bearer' },
  { name: 'GROQ_BASE_URL', provider: 'groq', suffix: '', set: 'always' },
  { name: 'MISTRAL_BASE_URL', provider: 'mistral', suffix: '/v1', set: 'if-set' },
  { name: 'DEEPSEEK_BASE_URL', provider: 'deepseek', suffix: '', set: 'if-set' },
  { name: 'XAI_BASE_URL', provider: 'xai', suffix: '/v1', set: 'if-set' },
  { name: 'OPENROUTER_BASE_URL', provider: 'openrouter', suffix: '', set: 'if-set' },
  { name: 'TOGETHER_BASE_URL', provider: 'together', suffix: '/v1', set: 'if-set' },
  { name: 'FIREWORKS_BASE_URL', provider: 'fireworks', suffix: '', set: 'if-set' },
  { name: 'CO_API_URL', provider: 'cohere', suffix: '', set: 'if-set' },
]
