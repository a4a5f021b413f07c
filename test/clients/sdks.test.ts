import path from 'node:path'
import { describe } from 'vitest'
import { describeClients } from './describe-clients.ts'
import { type Client, installed } from './matrix.ts'

const folder = installed('sdks')

const sdk = (name: string, program: string, ...args: string[]): Client => ({
  name,
  process: new RegExp(`^node .*${program}\\.mjs$`),
  command: (_mode, what) => ['node', path.join(folder ?? '', 'programs', `${program}.mjs`), what, ...args],
})

describe.skipIf(folder === null)('SDKs for Node', () => {
  describeClients([
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
  ])
})
