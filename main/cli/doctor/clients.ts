import { commandLine } from '../../../shared/values/command-line.ts'

/** How a program that calls models is pointed at the gateway. Measured with each of them. */
export interface KnownClient {
  name: string
  program: string
  /** Through the proxy variables: what `run` starts. */
  connect: string
  /** By the origin it calls; `URL` stands for the proxy's place. */
  baseUrl: string | null
}

export interface FoundClient extends KnownClient {
  path: string
}

const KNOWN_CLIENTS: readonly KnownClient[] = [
  {
    name: 'Codex',
    program: 'codex',
    connect: `codex`,
    baseUrl: 'openai_base_url = "URL/openai/v1" in ~/.codex/config.toml (OPENAI_BASE_URL is ignored)',
  },
  { name: 'Claude Code', program: 'claude', connect: `claude`, baseUrl: 'ANTHROPIC_BASE_URL=URL/anthropic' },
  {
    name: 'Gemini CLI',
    program: 'gemini',
    connect: `gemini`,
    baseUrl: 'GOOGLE_GEMINI_BASE_URL=URL/google, and "selectedType": "gemini-api-key" in its settings.json',
  },
  { name: 'Qwen Code', program: 'qwen', connect: `qwen`, baseUrl: 'OPENAI_BASE_URL=URL/openai/v1' },
  {
    name: 'opencode',
    program: 'opencode',
    connect: `opencode`,
    baseUrl: 'OPENAI_BASE_URL=URL/openai/v1, ANTHROPIC_BASE_URL=URL/anthropic/v1',
  },
  { name: 'pi', program: 'pi', connect: `pi`, baseUrl: 'baseUrl in ~/.pi/agent/models.json' },
  { name: 'Cline', program: 'cline', connect: `cline`, baseUrl: 'cline auth -p openai -b URL/openai/v1' },
  { name: 'Continue', program: 'cn', connect: `cn`, baseUrl: 'apiBase in its config.yaml' },
  { name: 'aider', program: 'aider', connect: `aider`, baseUrl: 'OPENAI_API_BASE=URL/openai/v1' },
  { name: 'Copilot CLI', program: 'copilot', connect: `copilot`, baseUrl: null },
  { name: 'llm', program: 'llm', connect: `llm`, baseUrl: null },
  {
    name: 'Node programs',
    program: 'node',
    connect: `node …`,
    baseUrl: 'OPENAI_BASE_URL=URL/openai/v1, ANTHROPIC_BASE_URL=URL/anthropic, GOOGLE_GEMINI_BASE_URL=URL/google',
  },
  {
    name: 'Python programs',
    program: 'python3',
    connect: `python3 … (aiohttp: trust_env=True)`,
    baseUrl: 'OPENAI_BASE_URL=URL/openai/v1, ANTHROPIC_BASE_URL=URL/anthropic',
  },
  { name: 'curl', program: 'curl', connect: `curl …`, baseUrl: 'URL/openai/v1/…' },
]

/** @param find where a program lies, null where it is not on PATH */
export function findClients(find: (program: string) => string | null, proxyUrl: string): FoundClient[] {
  return KNOWN_CLIENTS.flatMap((client) => {
    const path = find(client.program)
    return path === null
      ? []
      : [
          {
            ...client,
            path,
            connect: commandLine(`run -- ${client.connect}`),
            baseUrl: client.baseUrl?.replaceAll('URL/', `${proxyUrl}/`) ?? null,
          },
        ]
  })
}
