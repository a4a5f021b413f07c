import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Client, installed } from './matrix.ts'

const bin = (name: string) => path.join(installed('agents') ?? '', 'node_modules/.bin', name)
const PROMPT = 'say hello'

export const codex: Client = {
  name: 'Codex',
  process: /codex/,
  env: { CODEX_API_KEY: 'sk-test' },
  // It reads no variable for its origin.
  command: (mode) => {
    const exec = `"${bin('codex')}" exec --skip-git-repo-check -s read-only -m gpt-5`
    const place = mode === 'base-url' ? ' -c openai_base_url="\\"$OPENAI_BASE_URL\\""' : ''
    return ['sh', '-c', `exec ${exec}${place} "${PROMPT}"`]
  },
  // Its warm-up and its turn.
  refusedRequests: 2,
}

/** Through a provider of the user's own it speaks plain HTTP; the one that it knows it speaks to over a socket. */
export const codexOverHttp: Client = {
  ...codex,
  name: 'Codex over HTTP',
  command: () => {
    const own = '{name=\\"own\\",base_url=\\"$OPENAI_BASE_URL\\",env_key=\\"CODEX_API_KEY\\",wire_api=\\"responses\\"}'
    const exec = `"${bin('codex')}" exec --skip-git-repo-check -s read-only -m gpt-5`
    return ['sh', '-c', `exec ${exec} -c model_provider=own -c "model_providers.own=${own}" "${PROMPT}"`]
  },
  refusedRequests: 1,
}

export const gemini: Client = {
  name: 'Gemini CLI',
  process: /gemini/,
  env: { GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  prepare(userHome) {
    // With a base URL alone it believes in a sign-in that it then refuses.
    mkdirSync(path.join(userHome, '.gemini'), { recursive: true })
    writeFileSync(
      path.join(userHome, '.gemini/settings.json'),
      JSON.stringify({ security: { auth: { selectedType: 'gemini-api-key' } } }),
    )
  },
  command: () => [bin('gemini'), '-p', PROMPT],
  // One call chooses the model, one answers.
  refusedRequests: 2,
}

export const opencode: Client = {
  name: 'opencode',
  process: /opencode/,
  command: () => [bin('opencode'), 'run', '-m', 'openai/gpt-4.1', PROMPT],
  // One call names the session, one answers.
  refusedRequests: 2,
}

export const AGENTS = [codex, gemini, opencode]
