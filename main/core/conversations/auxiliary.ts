import type { ModelRequest } from '../providers/types/provider.ts'

/** As much of a prompt as tells its shape; the rest is never looked at. In characters. */
const LOOKED_AT = 4_000
/** A call that may answer so little is a label, not work. In tokens. */
const SMALL_OUTPUT = 1_024

// Models that agents take for their own small calls: gpt-5.4-nano, claude-haiku-4-5, gemini-3.5-flash-lite.
const SMALL_MODEL = /(?:^|[-_./:])(?:nano|mini|haiku|lite|small|flash|fast|tiny)(?=$|[-_.:@\d])/i

// Titles, topics, routing, memory, next speaker, command checks and summaries, as agents ask for them.
const SHAPES = [
  /\b(?:generat|creat|writ|produc|com[ei]?\s+up)\w*\b[^.\n]{0,80}\btitle\b/i,
  /\b(?:title|topic)\s+(?:generator|generation|extract)/i,
  /\bnew conversation topic\b/i,
  /\b(?:task|model|prompt|complexity)\s+(?:rout(?:er|ing)|classif)/i,
  /\bclassif\w+\b[^.\n]{0,80}\b(?:complexity|simple|route|intent)\b/i,
  /\bmanaged (?:auto-?)?memory\b|\bmemory (?:extract|manag|agent|updat|curat)\w*/i,
  /\bextract\w*\b[^.\n]{0,80}\bmemor(?:y|ies)\b/i,
  /\bwho should (?:logically )?speak next\b/i,
  /\b(?:command prefix|file paths? that (?:this|a) command)\b/i,
  /\bsummari[sz]\w+\b[^.\n]{0,60}\bconversation\b/i,
]

/**
 * Whether an agent makes this call by itself (a title, a route, a memory), not for a turn of its user. By structure:
 * agents always offer their tools in the turns they work in, so a call without tools is one of their own when
 * it has the shape of one, or is small: one question to a small model or for a short answer. Callers that are no
 * known agents are never judged: their titles are their work.
 */
export function isAuxiliary(request: ModelRequest, isAgent: boolean, requestKind: string | null): boolean {
  if (requestKind === 'prewarm') return true
  if (!isAgent || request.messages.length === 0) return false
  const usesTools = request.messages.some(
    ({ role, toolCalls }) => role === 'tools' || role === 'tool' || toolCalls.length > 0,
  )
  if (usesTools) return false
  const isSmall =
    SMALL_MODEL.test(request.model ?? '') || (request.maxOutputTokens ?? Number.POSITIVE_INFINITY) <= SMALL_OUTPUT
  const questions = request.messages.filter(({ role }) => role === 'user' || role === 'assistant')
  return (
    (isSmall && questions.length <= 2) || SHAPES.some((shape) => shapedText(request).some((text) => shape.test(text)))
  )
}

/** Where an agent says what it wants of a small call: the system prompt's beginning, the last question's both ends. */
function shapedText({ messages }: ModelRequest): string[] {
  const system = messages.filter(({ role }) => role === 'system').map(({ text }) => text.slice(0, LOOKED_AT))
  const question = messages.at(-1)?.text ?? ''
  return [...system.slice(0, 4), question.slice(0, LOOKED_AT), question.slice(-LOOKED_AT)]
}
