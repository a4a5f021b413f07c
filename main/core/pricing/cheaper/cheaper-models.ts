/**
 * The next cheaper model of the same vendor and generation. Kept by hand, because prices do not say what a model is good
 * for; the first pattern that fits is taken, and `$1` is what stood in it.
 */
const CHEAPER: readonly [RegExp, string][] = [
  [/^(gpt-5(?:\.\d)?)-pro\b.*/, '$1'],
  [/^(gpt-5(?:\.\d)?)-(?:codex|chat).*/, '$1-mini'],
  [/^(gpt-5(?:\.\d)?|gpt-4\.1)-mini\b.*/, '$1-nano'],
  [/^(gpt-5(?:\.\d)?|gpt-4\.1|gpt-4o)(?:-20\d\d.*)?$/, '$1-mini'],
  [/^o3-pro\b.*/, 'o3'],
  [/^o[13](?:-20\d\d.*)?$/, 'o4-mini'],
  [/^claude-opus-4-([5-9]).*/, 'claude-sonnet-4-5'],
  [/^claude-opus-.*/, 'claude-sonnet-4-5'],
  [/^claude-(?:[\d-]+-)?sonnet.*/, 'claude-haiku-4-5'],
  [/^(gemini-[\d.]+)-flash(?!-lite)\b.*/, '$1-flash-lite'],
  [/^(gemini-[\d.]+)-pro\b.*/, '$1-flash'],
  [/^(grok-4(?:[.-]\d)?)$/, 'grok-4-fast'],
  [/^mistral-large.*/, 'mistral-medium-latest'],
  [/^mistral-medium.*/, 'mistral-small-latest'],
]

/** Null where there is none, or none is known. A vendor's prefix (`anthropic/…`) stays. */
export function cheaperModel(model: string): string | null {
  const slash = model.lastIndexOf('/')
  const [prefix, name] = [model.slice(0, slash + 1), model.slice(slash + 1).toLowerCase()]
  for (const [pattern, cheaper] of CHEAPER) {
    if (pattern.test(name)) return prefix + name.replace(pattern, cheaper)
  }
  return null
}
