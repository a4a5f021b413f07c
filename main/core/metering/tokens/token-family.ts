/** Whose tokenizer and prompt format a model has, as far as that can be told from its name. */
export type TokenFamily = 'openai' | 'anthropic' | 'google' | 'other'

const BY_PROVIDER: Readonly<Record<string, TokenFamily>> = {
  openai: 'openai',
  azure: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  vertex: 'google',
}

/** By the model, since gateways sell everybody's; by the provider where the name says nothing. */
export function tokenFamily(provider: string, model: string | null): TokenFamily {
  const name = (model ?? '').toLowerCase()
  if (name.includes('claude')) return 'anthropic'
  if (name.includes('gemini') || name.includes('gemma')) return 'google'
  if (/(^|[/.])(gpt-|chatgpt|codex|o\d|text-embedding|davinci|babbage)/.test(name)) return 'openai'
  return BY_PROVIDER[provider] ?? 'other'
}
