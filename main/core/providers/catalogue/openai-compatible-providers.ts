import { ALEPH_ALPHA_COMPLETE, WATSONX_GENERATE } from '../dialects/others/other-generations.ts'
import { openAiCompatible } from './openai-compatible.ts'
import type { Provider } from '../types/provider.ts'

const maxTokens = { limitName: 'max_tokens' } as const

/**
 * Of providers whose host carries everything else they do (an account's settings, a company's tables): their models are
 * seen by base URL alone, and nothing of theirs is ever decrypted unless the settings or the policy name a host.
 */
const NO_HOSTS: string[] = []

/** Providers that one line says everything of: they speak OpenAI's dialects, some with an API of their own beside. */
export const OPENAI_COMPATIBLE_PROVIDERS: readonly Provider[] = [
  // https://console.groq.com/docs/api-reference. Its paths begin with `/openai/v1`.
  openAiCompatible({
    id: 'groq',
    origin: 'https://api.groq.com',
    priceProvider: 'groq',
  }),
  // https://api-docs.deepseek.com. Shows its reasoning, and has Anthropic's API under `/anthropic`.
  openAiCompatible({
    id: 'deepseek',
    origin: 'https://api.deepseek.com',
    priceProvider: 'deepseek',
    chat: { limitName: 'max_tokens' },
  }),
  // https://docs.x.ai/docs/api-reference. Chat counts reasoning apart from `completion_tokens`; every answer states its cost.
  openAiCompatible({
    id: 'xai',
    origin: 'https://api.x.ai',
    hosts: ['api.x.ai', 'us-east-1.api.x.ai', 'us-west-1.api.x.ai', 'eu-west-1.api.x.ai'],
    priceProvider: 'x-ai',
    chat: { limitName: 'max_completion_tokens' },
  }),
  // https://openrouter.ai/docs/api-reference. Every answer states its cost.
  openAiCompatible({
    id: 'openrouter',
    origin: 'https://openrouter.ai',
    priceProvider: 'openrouter',
    chat: { limitName: 'max_tokens' },
  }),
  // https://docs.together.ai/reference
  openAiCompatible({
    id: 'together',
    origin: 'https://api.together.xyz',
    hosts: ['api.together.xyz', 'api.together.ai'],
    priceProvider: 'together',
    chat: { limitName: 'max_tokens' },
  }),
  // https://docs.fireworks.ai/api-reference. Its paths begin with `/inference/v1`.
  openAiCompatible({
    id: 'fireworks',
    origin: 'https://api.fireworks.ai',
    priceProvider: 'fireworks',
    chat: { limitName: 'max_tokens' },
  }),
  // https://docs.perplexity.ai/api-reference. Usage and cost come in every chunk; searches are part of the cost.
  openAiCompatible({
    id: 'perplexity',
    origin: 'https://api.perplexity.ai',
    priceProvider: 'perplexity',
    chat: { streamOptions: false, limitName: 'max_tokens' },
  }),
  // https://inference-docs.cerebras.ai/api-reference
  openAiCompatible({
    id: 'cerebras',
    origin: 'https://api.cerebras.ai',
    priceProvider: 'cerebras',
    chat: { limitName: 'max_completion_tokens' },
  }),
  // Models on this machine: free by declaration, reached by base URL only.
  openAiCompatible({
    id: 'lmstudio',
    origin: 'http://127.0.0.1:1234',
    hosts: [],
    billing: 'local',
    chat: { limitName: 'max_tokens' },
  }),
  openAiCompatible({
    id: 'alibaba',
    origin: 'https://dashscope-intl.aliyuncs.com',
    hosts: ['dashscope-intl.aliyuncs.com', 'dashscope.aliyuncs.com', 'dashscope-us.aliyuncs.com'],
    chat: maxTokens,
  }),
  openAiCompatible({ id: 'aleph-alpha', origin: 'https://api.aleph-alpha.com', dialects: [ALEPH_ALPHA_COMPLETE] }),
  openAiCompatible({ id: 'avian', origin: 'https://api.avian.io', priceProvider: 'avian', chat: maxTokens }),
  openAiCompatible({
    id: 'baseten',
    origin: 'https://inference.baseten.co',
    priceProvider: 'baseten',
    chat: maxTokens,
  }),
  openAiCompatible({
    id: 'cloudflare',
    origin: 'https://api.cloudflare.com',
    hosts: ['gateway.ai.cloudflare.com'],
    priceProvider: 'cloudflare',
    chat: maxTokens,
  }),
  openAiCompatible({
    id: 'copilot',
    origin: 'https://api.githubcopilot.com',
    hosts: ['*.githubcopilot.com', 'models.github.ai', 'models.inference.ai.azure.com'],
    priceProvider: 'github-copilot',
  }),
  openAiCompatible({ id: 'crusoe', origin: 'https://api.inference.crusoecloud.com', chat: maxTokens }),
  openAiCompatible({
    id: 'databricks',
    origin: 'https://{workspace}.cloud.databricks.com',
    hosts: NO_HOSTS,
    chat: maxTokens,
  }),
  openAiCompatible({ id: 'deepinfra', origin: 'https://api.deepinfra.com', chat: maxTokens }),
  openAiCompatible({
    id: 'doubleword',
    origin: 'https://api.doubleword.ai',
    priceProvider: 'doubleword',
    chat: maxTokens,
  }),
  openAiCompatible({
    id: 'heroku',
    origin: 'https://us.inference.heroku.com',
    hosts: ['us.inference.heroku.com', 'eu.inference.heroku.com'],
    chat: maxTokens,
  }),
  openAiCompatible({ id: 'jina', origin: 'https://api.jina.ai' }),
  openAiCompatible({
    id: 'minimax',
    origin: 'https://api.minimax.io',
    hosts: ['api.minimax.io', 'api.minimaxi.com', 'api.minimax.chat'],
    priceProvider: 'minimax',
    chat: maxTokens,
  }),
  openAiCompatible({
    id: 'moonshot',
    origin: 'https://api.moonshot.ai',
    hosts: ['api.moonshot.ai', 'api.moonshot.cn', 'api.kimi.com'],
    priceProvider: 'moonshotai',
    chat: maxTokens,
  }),
  openAiCompatible({
    id: 'nebius',
    origin: 'https://api.studio.nebius.com',
    hosts: ['api.studio.nebius.com', 'api.tokenfactory.nebius.com'],
    chat: maxTokens,
  }),
  openAiCompatible({
    id: 'novita',
    origin: 'https://api.novita.ai',
    priceProvider: 'novita',
    chat: { ...maxTokens, streamOptions: false },
  }),
  openAiCompatible({ id: 'nvidia', origin: 'https://integrate.api.nvidia.com', chat: maxTokens }),
  openAiCompatible({
    id: 'ovhcloud',
    origin: 'https://oai.endpoints.kepler.ai.cloud.ovh.net',
    priceProvider: 'ovhcloud',
    chat: maxTokens,
  }),
  openAiCompatible({ id: 'portkey', origin: 'https://api.portkey.ai' }),
  openAiCompatible({ id: 'sambanova', origin: 'https://api.sambanova.ai', chat: maxTokens }),
  openAiCompatible({
    id: 'snowflake',
    origin: 'https://{account}.snowflakecomputing.com',
    hosts: NO_HOSTS,
  }),
  openAiCompatible({ id: 'venice', origin: 'https://api.venice.ai' }),
  openAiCompatible({
    id: 'vercel-gateway',
    origin: 'https://ai-gateway.vercel.sh',
    chat: { ...maxTokens, usage: { reasoningApart: true } },
  }),
  openAiCompatible({ id: 'voyage', origin: 'https://api.voyageai.com', priceProvider: 'voyageai' }),
  openAiCompatible({
    id: 'watsonx',
    origin: 'https://us-south.ml.cloud.ibm.com',
    hosts: ['us-south', 'eu-de', 'eu-gb', 'jp-tok', 'au-syd', 'ca-tor'].map((region) => `${region}.ml.cloud.ibm.com`),
    dialects: [WATSONX_GENERATE],
  }),
  openAiCompatible({ id: 'zai', origin: 'https://api.z.ai', priceProvider: 'zai', chat: maxTokens }),
  openAiCompatible({ id: 'zhipu', origin: 'https://open.bigmodel.cn', priceProvider: 'zhipuai', chat: maxTokens }),
]
