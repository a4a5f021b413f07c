import path from 'node:path'
import { type Client, installed } from './matrix.ts'

const sdk = (name: string, program: string, ...args: string[]): Client => ({
  name,
  process: new RegExp(`^node .*${program}\\.mjs$`),
  command: (_mode, what) => ['node', path.join(installed('sdks') ?? '', 'programs', `${program}.mjs`), what, ...args],
})

const python = (name: string, ...args: string[]): Client => ({
  name: `Python ${[name, ...args].join(', ')}`,
  process: new RegExp(`^python[0-9.]* .*${name.replace(/\W/g, '_')}_client\\.py$`),
  command: (_mode, what) => [
    path.join(installed('python') ?? '', 'bin/python'),
    path.join(installed('python') ?? '', 'programs', `${name}_client.py`),
    what,
    ...args,
  ],
})

export const SDKS = [
  sdk('openai, chat', 'openai', 'chat'),
  sdk('openai, responses', 'openai', 'responses'),
  sdk('@anthropic-ai/sdk', 'anthropic'),
  sdk('@google/genai', 'genai'),
  sdk('AI SDK, openai', 'ai-sdk', 'openai'),
  sdk('AI SDK, anthropic', 'ai-sdk', 'anthropic'),
  sdk('AI SDK, google', 'ai-sdk', 'google'),
  sdk('LangChain, openai', 'langchain', 'openai'),
  sdk('LangChain, anthropic', 'langchain', 'anthropic'),
  sdk('LangChain, google', 'langchain', 'google'),
]

export const PYTHON = [
  python('urllib'),
  python('requests'),
  python('httpx'),
  python('aiohttp'),
  python('openai', 'chat'),
  python('openai', 'responses'),
  python('anthropic'),
]

const BODY = '{"model":"gpt-4.1","messages":[{"role":"user","content":"hello"}]STREAM}'
const once = (stream: string) =>
  `curl -sS --fail-with-body "$PLACE/chat/completions" -H "authorization: Bearer $OPENAI_API_KEY" -H "content-type: application/json" -d '${BODY.replace('STREAM', stream)}'`

export const curl: Client = {
  name: 'curl',
  process: /^curl/,
  command: (_mode, what) => {
    const calls = [...(what === 'stream' ? [] : [once('')]), ...(what === 'plain' ? [] : [once(',"stream":true')])]
    return ['sh', '-c', `PLACE=\${OPENAI_BASE_URL:-https://api.openai.com/v1}; ${calls.join(' && ')}`]
  },
}
