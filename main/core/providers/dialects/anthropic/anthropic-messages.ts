import { isObject, type JsonObject, listOf, memberAt, textOf } from '../../../metering/framing/lenient-json.ts'
import { anthropicTier } from '../../../metering/usage-reports/anthropic-usage.ts'
import type { Dialect, ModelRequest } from '../../types/provider.ts'
import { anthropicReader } from '../../readers/anthropic-reader.ts'
import { anthropicRefusals } from '../../refusals/anthropic-refusals.ts'
import { anthropicMessages } from '../../requests/anthropic-messages.ts'
import { anthropicNotice } from '../../requests/notice-place.ts'
import { bodyObject, freeRequest, limitOf, minimumWithThinking, modelRequest } from '../../requests/model-request.ts'

/** Tools that the client runs itself, though Anthropic defines them: their output is not made by the call. */
const CLIENT_TOOLS = /^(custom|bash|text_editor|computer|memory|str_replace)/

/** The Messages API: https://docs.anthropic.com/en/api/messages */
export const ANTHROPIC_MESSAGES: Dialect = {
  api: 'messages',
  matches: (head) => head.method === 'POST' && /\/messages$/.test(head.path) && !/\/threads\//.test(head.path),
  readRequest: (_head, body) => readMessagesRequest('messages', bodyObject(body)),
  clamp: (_request, _body, maxOutputTokens) => ({ path: ['max_tokens'], value: maxOutputTokens }),
  addNotice: anthropicNotice,
  createReader: anthropicReader,
  ...anthropicRefusals,
}

/** Counting tokens costs nothing. */
export const ANTHROPIC_COUNT_TOKENS: Dialect = {
  api: 'count_tokens',
  matches: (head) => head.method === 'POST' && /\/messages\/count_tokens$/.test(head.path),
  readRequest: (_head, body) => freeRequest('count_tokens', body),
  createReader: anthropicReader,
  ...anthropicRefusals,
}

/** The body of a Messages call, wherever it is sent; on Vertex and Bedrock the path names model and stream. */
export function readMessagesRequest(api: string, body: JsonObject, parts: Partial<ModelRequest> = {}): ModelRequest {
  const stream = parts.stream ?? body['stream'] === true
  const thinking = memberAt(body, 'thinking', 'type')
  return modelRequest(api, body, {
    messages: anthropicMessages(body),
    maxOutputTokens: limitOf(body['max_tokens']),
    minOutputTokens: minimumWithThinking(
      thinking === 'enabled' ? limitOf(memberAt(body, 'thinking', 'budget_tokens')) : null,
    ),
    output: stream && thinking !== 'enabled' && thinking !== 'adaptive' && !workUnseen(body) ? 'visible' : 'hidden',
    thinks: thinking === 'enabled' || thinking === 'adaptive',
    serviceTier: anthropicTier(body),
    ...parts,
  })
}

/** Work that Anthropic does between what it streams: server tools, remote MCP servers, compaction. */
function workUnseen(body: JsonObject): boolean {
  const serverTools = listOf(body['tools']).some(
    (tool) => !CLIENT_TOOLS.test(textOf(memberAt(tool, 'type')) ?? 'custom'),
  )
  const edits = listOf(memberAt(body, 'context_management', 'edits'))
  const compacts = edits.some((edit) => isObject(edit) && /compact/.test(textOf(edit['type']) ?? ''))
  return serverTools || compacts || listOf(body['mcp_servers']).length > 0
}
