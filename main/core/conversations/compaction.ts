import type { ModelRequest, PromptMessage } from '../providers/types/provider.ts'

/** As much of a prompt's two ends as tells what it asks for. In characters. */
const LOOKED_AT = 4_000

// How agents ask for the summary that they go on from (opencode, Codex, Gemini CLI, Claude Code, Cline, aider).
const SHAPES = [
  /\b(?:summar(?:y|i[sz]\w+)|(?:distill|condens|compact|compress)\w*)\b[^.\n]{0,80}\b(?:conversation|chat (?:history|messages)|session|transcript)\b/i,
  /\bhand-?off summary\b/i,
  /\bstate_snapshot\b/i,
]

/**
 * Whether a call asks for nothing but a shorter history to go on from. By what the API says of itself, else by its last
 * question, which has to be a person's turn and no result of a tool: the work itself never looks like that. What stands
 * in a system prompt counts only where no tools are offered, because agents explain there that they compact.
 */
export function isCompaction({ compacts, messages }: Pick<ModelRequest, 'compacts' | 'messages'>): boolean {
  if (compacts) return true
  const question = messages.at(-1)
  if (question === undefined || question.role !== 'user' || question.toolResult !== null) return false
  if (asks(question)) return true
  const offersTools = messages.some(({ role, isFormat }) => role === 'tools' && !isFormat)
  return !offersTools && messages.some((message) => message.role === 'system' && asks(message))
}

function asks({ text }: PromptMessage): boolean {
  const ends = [text.slice(0, LOOKED_AT), text.slice(-LOOKED_AT)]
  return SHAPES.some((shape) => ends.some((end) => shape.test(end)))
}
