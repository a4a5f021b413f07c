import { totalTokens } from '../../../shared/calls/usage.ts'
import { type JsonObject, objectOf } from '../metering/framing/lenient-json.ts'
import { anthropicTier, anthropicUsage } from '../metering/usage-reports/anthropic-usage.ts'
import { type LineReading, nameOf, type SessionFormat, timeOf } from './session-line.ts'

/**
 * Claude Code writes a line for each block of an answer, all with the answer's id and the usage known by then, and copies
 * lines into a resumed session's file. Its own error messages carry the model `<synthetic>`: nobody was called.
 */
export const claudeCodeFormat: SessionFormat = {
  agent: 'claude-code',
  marks: ['"usage"'],
  open: () => (line) => readLine(objectOf(line)),
}

function readLine(line: JsonObject): LineReading {
  const message = objectOf(line['message'])
  if (line['type'] !== 'assistant' || message['model'] === '<synthetic>') return 'skip'
  const raw = objectOf(message['usage'])
  const { usage } = anthropicUsage(raw)
  const id = nameOf(message['id']) ?? nameOf(line['requestId'])
  const model = nameOf(message['model'])
  const session = nameOf(line['sessionId'])
  const atMs = timeOf(line['timestamp'])
  if (!usage || id === null || model === null || session === null || atMs === null) return 'malformed'
  if (totalTokens(usage) === 0) return 'skip'
  const branch = nameOf(line['gitBranch'])
  return {
    id: `claude-code:${id}`,
    agent: 'claude-code',
    provider: 'anthropic',
    model,
    serviceTier: anthropicTier(raw),
    session,
    folder: folderOf(line['cwd']),
    branch: branch === 'HEAD' ? null : branch,
    atMs,
    usage,
  }
}

function folderOf(value: unknown): string | null {
  return typeof value === 'string' && value.length > 0 ? value : null
}
