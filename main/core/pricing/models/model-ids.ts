/** Other spellings of our provider ids: the dataset's, and those in use before the ids of the base URLs. */
const SAME_PROVIDER: Readonly<Record<string, string>> = {
  'x-ai': 'xai',
  aws: 'bedrock',
  'bedrock-mantle': 'bedrock',
  'azure-openai': 'azure',
  'azure-ai': 'azure',
  'z-ai': 'zai',
}

/** The id under which we know a provider. */
export function canonicalProvider(provider: string): string {
  return SAME_PROVIDER[provider] ?? provider
}

/** Where each of our provider ids finds its prices. What is not listed is looked up under its own name. */
const PRICE_PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  vertex: ['google'],
  bedrock: ['aws'],
  xai: ['x-ai'],
  moonshot: ['moonshotai'],
  voyage: ['voyageai'],
  copilot: ['github-copilot'],
  zhipu: ['zhipuai'],
  // The router names the host that served a model in a suffix we do not always see; the most expensive of these would be a
  // guess, so they are tried in the order of its own "fastest first" default.
  huggingface: [
    'huggingface_together',
    'huggingface_cerebras',
    'huggingface_groq',
    'huggingface_fireworks-ai',
    'huggingface_novita',
    'huggingface_nebius',
    'huggingface_sambanova',
    'huggingface_hyperbolic',
    'huggingface_nscale',
    'huggingface_ovhcloud',
    'huggingface_publicai',
  ],
}

/** Dataset provider ids for one of our provider ids, in the order in which they are asked. */
export function priceProviders(provider: string): readonly string[] {
  return PRICE_PROVIDERS[provider] ?? [provider]
}

/**
 * Vendors whose models nobody else hosts, as gateways spell them: resellers pass the list price on.
 * Open models are not here, because every host has its own price for them.
 */
const CLOSED_VENDORS: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  gemini: 'google',
  vertex_ai: 'google',
  'x-ai': 'x-ai',
  xai: 'x-ai',
  perplexity: 'perplexity',
}

const OPEN_MODEL = /gpt-oss|gemma/i

/** Whose list price a gateway passes on for this model, and what that vendor calls it; null where that is not known. */
export function vendorOf(modelId: string): { provider: string; model: string } | null {
  if (OPEN_MODEL.test(modelId)) return null
  // `anthropic/claude-…`, or Bedrock's `us.anthropic.claude-…-v1:0` behind somebody else's name.
  const parts =
    /^([a-z0-9_-]+)\/(.+)$/i.exec(modelId) ?? /^(?:[a-z]{2,6}\.)?([a-z]+)\.(.+?)(?:-v\d+:\d+)?$/i.exec(modelId)
  const vendor = CLOSED_VENDORS[parts?.[1]?.toLowerCase() ?? '']
  const model = parts?.[2]
  if (vendor && model) return { provider: vendor, model }
  if (/^(gpt-|o[134](-|$)|chatgpt-|text-embedding-[3a])/i.test(modelId)) return { provider: 'openai', model: modelId }
  if (/^claude-/i.test(modelId)) return { provider: 'anthropic', model: modelId }
  if (/^gemini-/i.test(modelId)) return { provider: 'google', model: modelId }
  if (/^grok-/i.test(modelId)) return { provider: 'x-ai', model: modelId }
  return null
}

/**
 * Names under which a model may stand in the dataset, the most literal first: resource paths, ARNs, region prefixes,
 * routing suffixes and dates are how providers decorate one and the same list price.
 */
export function modelIdCandidates(modelId: string): string[] {
  const found = new Set<string>()
  const add = (id: string) => {
    if (id.length > 0) found.add(id)
  }
  const literal = modelId.trim()
  add(literal)
  const decoded = literal.replace(/%3A/gi, ':').replace(/%2F/gi, '/').replace(/%40/g, '@')
  add(decoded)
  // `arn:aws:bedrock:…:inference-profile/us.anthropic.…`, `publishers/google/models/…`, `accounts/fireworks/models/…`
  const resource = decoded.startsWith('arn:') ? decoded.slice(decoded.lastIndexOf('/') + 1) : decoded
  add(resource)
  const named = resource.replace(/^.*\bmodels\//, '')
  add(named)
  // `:nitro`, `:online` and the like choose a route; `:free` and `:thinking` are models of their own in the dataset.
  const routed = named.replace(/:(nitro|floor|online|exacto|extended|beta|auto|fastest|cheapest|preferred)$/, '')
  add(routed)
  for (const id of [named, routed]) {
    add(dashedDate(id))
    add(withoutDate(id))
  }
  const slash = routed.lastIndexOf('/')
  if (slash >= 0) {
    const bare = routed.slice(slash + 1)
    add(bare)
    add(dashedDate(bare))
    add(withoutDate(bare))
  }
  // Last, because they guess the family: `grok-4.1-fast` for `grok-4-1-fast`, `mistral-small-2506` (a month) and `kimi-k2.5-0127` (a day) for their newest.
  for (const id of Array.from(found)) {
    add(id.replace(/(\d)\.(\d)/g, '$1-$2'))
    const family = id.replace(/-(2[4-9](0[1-9]|1[0-2])|(0[1-9]|1[0-2])([0-2]\d|3[01]))$/, '')
    if (family !== id) {
      add(family)
      add(`${family}-latest`)
    }
  }
  return [...found]
}

/** `…-20250522` → `…-2025-05-22`: responses and price lists disagree on the spelling. */
function dashedDate(id: string): string {
  return id.replace(/-(20\d{2})(0[1-9]|1[0-2])([0-2]\d|3[01])(?=$|[-:@])/, '-$1-$2-$3')
}

/** A dated snapshot that the dataset does not know yet costs what its family costs. */
function withoutDate(id: string): string {
  return id
    .replace(/@(latest|default|\d{6,8})$/, '')
    .replace(/-(20\d{2}-\d{2}-\d{2}|20\d{6})(?=$|[-:])/, '')
    .replace(/-latest$/, '')
}
