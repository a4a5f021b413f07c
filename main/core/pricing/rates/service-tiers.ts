/**
 * Service tiers, batches and geography change a list price by a factor that the dataset does not hold.
 * A factor is a fraction, so that rates stay exact. Per-request and per-tool fees are not discounted.
 */
export interface Factor {
  numerator: number
  denominator: number
}

const ONE: Factor = { numerator: 1, denominator: 1 }
const HALF: Factor = { numerator: 1, denominator: 2 }
const DOUBLE: Factor = { numerator: 2, denominator: 1 }

interface TierRule {
  providers: readonly string[]
  /** Matched against the model id, all models when absent; the first rule that fits is taken. */
  model?: RegExp
  tier: string
  factor: Factor
}

const OPENAI = ['openai', 'azure']
const CLAUDE = ['anthropic']
const GOOGLE = ['google', 'vertex']

const RULES: readonly TierRule[] = [
  // OpenAI: flex and batch at half price, priority ("fast") as listed per family. https://platform.openai.com/docs/pricing
  { providers: OPENAI, tier: 'flex', factor: HALF },
  { providers: OPENAI, tier: 'batch', factor: HALF },
  { providers: OPENAI, tier: 'priority', model: /^gpt-4o-mini/, factor: { numerator: 5, denominator: 3 } },
  { providers: OPENAI, tier: 'priority', model: /^gpt-4o/, factor: { numerator: 17, denominator: 10 } },
  { providers: OPENAI, tier: 'priority', model: /^gpt-4\.1-nano/, factor: DOUBLE },
  { providers: OPENAI, tier: 'priority', model: /^gpt-4\.1|^o3/, factor: { numerator: 7, denominator: 4 } },
  { providers: OPENAI, tier: 'priority', model: /^o4-mini/, factor: { numerator: 20, denominator: 11 } },
  { providers: OPENAI, tier: 'priority', model: /^gpt-5-mini/, factor: { numerator: 9, denominator: 5 } },
  { providers: OPENAI, tier: 'priority', factor: DOUBLE },
  { providers: OPENAI, tier: 'fast', factor: DOUBLE },
  // Anthropic: batch at half; fast mode 6× on Opus 4.6 and 4.7, 2× after; US-only inference +10 % from Opus 4.6 on.
  // "priority" is capacity paid in advance: list price. https://platform.claude.com/docs/en/about-claude/pricing
  { providers: CLAUDE, tier: 'batch', factor: HALF },
  { providers: CLAUDE, tier: 'fast', model: /opus-4[-.][67]/, factor: { numerator: 6, denominator: 1 } },
  { providers: CLAUDE, tier: 'fast', factor: DOUBLE },
  { providers: CLAUDE, tier: 'us', factor: { numerator: 11, denominator: 10 } },
  // Gemini: batch and flex at half, priority 1.8×. https://ai.google.dev/gemini-api/docs/pricing
  { providers: GOOGLE, tier: 'batch', factor: HALF },
  { providers: GOOGLE, tier: 'flex', factor: HALF },
  { providers: GOOGLE, tier: 'priority', factor: { numerator: 9, denominator: 5 } },
  // Bedrock: flex −50 %, priority +75 %, batch −50 %. https://aws.amazon.com/bedrock/pricing
  { providers: ['bedrock'], tier: 'flex', factor: HALF },
  { providers: ['bedrock'], tier: 'batch', factor: HALF },
  { providers: ['bedrock'], tier: 'priority', factor: { numerator: 7, denominator: 4 } },
  // Groq (flex costs the same), Mistral, Together, Fireworks, Doubleword: batch at half, by their pricing pages.
  { providers: ['groq', 'mistral', 'together', 'fireworks'], tier: 'batch', factor: HALF },
  // xAI: batches are 20–50 % off, depending on the model; the smaller discount never undercounts. https://docs.x.ai/developers/pricing
  { providers: ['xai'], tier: 'batch', factor: { numerator: 4, denominator: 5 } },
]

/**
 * What the list price is multiplied by. `serviceTier` is the response's word where there is one; several words may be
 * joined by `+` (`fast+us`), since Anthropic reports speed and geography apart. A priority tier that we do not know is
 * charged double; any other unknown word changes nothing.
 */
export function tierFactor(provider: string, model: string, serviceTier: string | null, batch: boolean): Factor {
  const tiers = new Set((serviceTier ?? '').toLowerCase().split('+').filter(Boolean))
  if (batch) tiers.add('batch')
  let factor = ONE
  for (const tier of tiers) {
    const rule = RULES.find(
      (candidate) =>
        candidate.tier === tier &&
        candidate.providers.includes(provider) &&
        (candidate.model === undefined || candidate.model.test(model)),
    )
    const step = rule?.factor ?? (tier === 'priority' && provider !== 'anthropic' ? DOUBLE : ONE)
    factor = {
      numerator: factor.numerator * step.numerator,
      denominator: factor.denominator * step.denominator,
    }
  }
  return factor
}

/** A rate times a factor, up to the next nano-dollar per million tokens. */
export function scaleRate(rateNanos: number, factor: Factor): number {
  return Math.ceil((rateNanos * factor.numerator) / factor.denominator)
}
