/**
 * The most tokens that a model writes in one answer, where its request leaves that open. The dataset does not hold
 * it; these are from the providers' model pages. The first pattern that fits is taken.
 */
const MAX_OUTPUT: readonly [RegExp, number][] = [
  [/claude-(3-opus|3-haiku|3-sonnet|2|v1|instant)/, 4_096],
  [/claude-3[-.]5/, 8_192],
  [/claude-(3[-.]7|sonnet-3[-.]7)/, 64_000],
  [/claude-(opus-4[-.]5|4[-.]5-opus)/, 64_000],
  [/claude-(opus-4-(0|1|2025)|opus-4\.1|opus-4$|4-opus)/, 32_000],
  [/claude-(sonnet-4(-0|-2025|[-.]5|$|@)|4-sonnet|haiku-4)/, 64_000],
  [/claude/, 128_000],
  // One picture of the largest size at high quality.
  [/gpt-image/, 6_240],
  [/gpt-3\.5|gpt-35/, 4_096],
  [/gpt-4-(turbo|vision|1106|0125)/, 4_096],
  [/gpt-4o|chatgpt-4o/, 16_384],
  [/gpt-4\.1/, 32_768],
  [/gpt-4/, 8_192],
  [/gpt-5(\.\d)?-chat|gpt-5\.3$/, 16_384],
  [/gpt-[5-9]|codex-mini/, 128_000],
  [/\bo1-mini/, 65_536],
  [/\bo1-preview/, 32_768],
  [/\bo[134](-|$)/, 100_000],
  [/gemini-(1|2\.0|flash-1|pro-1|pro$)/, 8_192],
  [/gemini/, 65_536],
  [/deepseek-chat/, 8_192],
  [/deepseek-(reasoner|r1)/, 65_536],
  [/nova-(micro|lite|pro|premier)/, 10_000],
  [/command-(r|a|light)/, 8_192],
]

/** Null when neither the provider nor this table says. */
export function maxOutputTokensOf(modelId: string): number | null {
  const id = modelId.toLowerCase()
  return MAX_OUTPUT.find(([pattern]) => pattern.test(id))?.[1] ?? null
}

/** Context windows of models that the dataset lists without one. */
const CONTEXT_WINDOWS: readonly [RegExp, number][] = [
  [/^gemini-(2\.5|3)/, 1_048_576],
  [/^gpt-4\.5/, 128_000],
]

/** Null when this table does not say. */
export function contextWindowOf(modelId: string): number | null {
  const id = modelId.toLowerCase()
  return CONTEXT_WINDOWS.find(([pattern]) => pattern.test(id))?.[1] ?? null
}
