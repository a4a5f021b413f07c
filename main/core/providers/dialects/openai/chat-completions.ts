import { type JsonObject, isObject, listOf, memberAt } from '../../../metering/framing/lenient-json.ts'
import type { OpenAiUsageRules } from '../../../metering/usage-reports/openai-usage.ts'
import type { JsonEdit } from '../../types/json-edit.ts'
import type { Dialect, ModelRequest } from '../../types/provider.ts'
import { chatReader } from '../../readers/chat-reader.ts'
import { openAiRefusals } from '../../refusals/openai-refusals.ts'
import type { RefusalStyle } from '../../refusals/refusal-style.ts'
import { chatMessages } from '../../requests/chat-messages.ts'
import { hidesReasoning, takesCompletionLimit } from '../../requests/hidden-reasoning.ts'
import { chatNotice } from '../../requests/notice-place.ts'
import { bodyObject, limitOf, modelRequest } from '../../requests/model-request.ts'
import { nameInPath } from '../../requests/path-name.ts'
import { formatMessage, markedTools, toolsMessage } from '../../requests/prompt-message.ts'
import { toolSignatures } from '../../requests/tool-signatures.ts'

/** Where a provider of the dialect parts from OpenAI. */
export interface ChatVariant {
  /** Path ending by which the API is known; `/chat/completions` by default. */
  path?: RegExp
  api?: string
  /** False where the provider rejects `stream_options`, or reports usage without being asked. */
  streamOptions?: boolean
  /** The limit that the provider takes when the client sets none; OpenAI's two names by model otherwise. */
  limitName?: 'max_tokens' | 'max_completion_tokens'
  /** False where no user's message may follow a tool's. */
  notices?: boolean
  usage?: OpenAiUsageRules
  refusals?: RefusalStyle
}

/** Chat Completions: https://platform.openai.com/docs/api-reference/chat and everyone who speaks it. */
export function chatCompletions(variant: ChatVariant = {}): Dialect {
  const path = variant.path ?? /\/chat\/completions$/
  return {
    api: variant.api ?? 'chat.completions',
    matches: (head) => head.method === 'POST' && path.test(head.path),
    readRequest: (head, body) => readChatRequest(variant.api ?? 'chat.completions', head.path, bodyObject(body)),
    askForUsage: (request, body) => (variant.streamOptions === false ? null : askForStreamUsage(request, body)),
    clamp: (_request, body, maxOutputTokens) => ({ path: [limitNameOf(body, variant)], value: maxOutputTokens }),
    ...(variant.notices === false ? {} : { addNotice: chatNotice }),
    createReader: () => chatReader(variant.usage),
    ...(variant.refusals ?? openAiRefusals),
  }
}

/** `stream_options.include_usage`, unless the client decided that itself. */
export function askForStreamUsage(request: ModelRequest, body: unknown): JsonEdit | null {
  if (!request.stream || !isObject(body)) return null
  const asked = memberAt(body, 'stream_options', 'include_usage')
  return asked === true ? null : { path: ['stream_options', 'include_usage'], value: true }
}

function readChatRequest(api: string, path: string, body: JsonObject): ModelRequest {
  const model = typeof body['model'] === 'string' ? body['model'] : deploymentOf(path)
  const stream = body['stream'] === true
  const choices = limitOf(body['n']) ?? 1
  return modelRequest(api, body, {
    model,
    stream,
    messages: [
      ...markedTools(toolsMessage(asSeen(body['tools']), asSeen(body['functions'])), body['tools']),
      ...formatMessage(memberAt(body, 'response_format', 'json_schema')),
      ...chatMessages(body['messages']),
    ],
    maxOutputTokens: limitOf(body['max_completion_tokens'], body['max_tokens']),
    choices,
    output: stream && choices === 1 && !isHidden(model, body) ? 'visible' : 'hidden',
  })
}

function asSeen(tools: unknown): unknown {
  return toolSignatures(tools) ?? tools
}

function isHidden(model: string | null, body: JsonObject): boolean {
  const effort = body['reasoning_effort'] ?? memberAt(body, 'reasoning', 'effort')
  const makesMore = listOf(body['modalities']).some((modality) => modality !== 'text')
  const serverTools = listOf(body['tools']).some((tool) => !isClientTool(memberAt(tool, 'type')))
  return (
    hidesReasoning(model, effort) ||
    makesMore ||
    serverTools ||
    isObject(body['web_search_options']) ||
    (memberAt(body, 'thinking', 'type') === 'enabled' && /claude/.test(model ?? '')) ||
    memberAt(body, 'reasoning', 'exclude') === true ||
    body['reasoning_format'] === 'hidden' ||
    body['include_reasoning'] === false ||
    listOf(body['plugins']).length > 0
  )
}

function isClientTool(type: unknown): boolean {
  return type === undefined || type === 'function' || type === 'custom'
}

/** Azure names the model in the path. */
export function deploymentOf(path: string): string | null {
  return nameInPath(path, /\/deployments\/([^/]+)\//)
}

function limitNameOf(body: unknown, variant: ChatVariant): string {
  const fields = isObject(body) ? body : {}
  if (isSet(fields['max_completion_tokens'])) return 'max_completion_tokens'
  if (isSet(fields['max_tokens'])) return 'max_tokens'
  if (variant.limitName) return variant.limitName
  const model = typeof fields['model'] === 'string' ? fields['model'] : null
  return takesCompletionLimit(model) ? 'max_completion_tokens' : 'max_tokens'
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}
