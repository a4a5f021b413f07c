/** Models that think where nobody sees it, by what follows the last `/` of their name. */
const HIDDEN = [
  /^o\d/,
  /^gpt-5(?!.*chat)/,
  /^gpt-[6-9]/,
  /^codex/,
  /^computer-use/,
  /^grok-(4|[5-9]|code|.*mini)(?!.*non-reasoning)/,
  /^gemini-(2\.5|[3-9])/,
  /^gemini-.*thinking/,
]

/**
 * Whether a model's reasoning is billed but not streamed. `effort` `none` switches it off where a model can do
 * without.
 */
export function hidesReasoning(model: string | null, effort: unknown = null): boolean {
  if (effort === 'none') return false
  const name = (model ?? '').toLowerCase()
  const last = name
    .slice(name.lastIndexOf('/') + 1)
    .replace(/^(us|eu|apac|global)\./, '')
    .replace(/^(openai|google|xai)\./, '')
  return HIDDEN.some((pattern) => pattern.test(last))
}

/** Whether OpenAI's newer limit `max_completion_tokens` is the one that this model takes. */
export function takesCompletionLimit(model: string | null): boolean {
  const name = (model ?? '').toLowerCase()
  return /^(o\d|gpt-[5-9]|codex)/.test(name.slice(name.lastIndexOf('/') + 1))
}
