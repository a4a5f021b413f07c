/** What a developer who called the wrong address is told. */
export const ROUTES_HELP =
  'Routes: /<provider>/<rest> with provider openai, anthropic, google, azure, vertex, bedrock, mistral, groq, deepseek, xai, openrouter, ' +
  'together, fireworks, cohere, perplexity, cerebras, huggingface, ollama, lmstudio or one of your settings; ' +
  '/@project=web,session=s1/<provider>/<rest> with tags; CONNECT for intercepted hosts; GET /health. ' +
  'For example OPENAI_BASE_URL=http://127.0.0.1:4141/openai/v1'
