import { openAiCompatible } from './openai-compatible.ts'
import type { Provider } from '../types/provider.ts'

/** Azure OpenAI and the models of Azure AI Foundry. Every customer has its own host, so a base URL needs `upstreams`. */
export const AZURE: Provider = {
  ...openAiCompatible({
    id: 'azure',
    origin: 'https://{resource}.openai.azure.com',
    hosts: ['*.openai.azure.com', '*.cognitiveservices.azure.com', '*.services.ai.azure.com', '*.models.ai.azure.com'],
    priceProvider: 'azure',
  }),
  keyHeaders: ['api-key', 'authorization', 'x-api-key'],
  // Some clients join base URL and path with a slash too many.
  normalizePath: (path) => path.replace(/^\/{2,}/, '/'),
}
