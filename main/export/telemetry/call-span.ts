import { createHash } from 'node:crypto'
import { type Attributes, type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { CallRecord } from '../../../shared/calls/call.ts'
import { contextTokens } from '../../../shared/calls/usage.ts'
import { nanosOf } from '../../core/ledger/reports/rollup.ts'
import { SCOPE, type TelemetryResource } from './telemetry-resource.ts'

/** Names that OpenTelemetry's GenAI conventions have for providers that we call otherwise. */
const SEMANTIC_PROVIDERS: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
}

/**
 * One closed call as a span with OpenTelemetry's GenAI attributes. Its ids are derived from the call's, so a receiver
 * that is sent the same call twice can tell. A conversation is a trace. No prompt text: the ledger has none.
 */
export function callSpan(record: CallRecord, resource: TelemetryResource): ReadableSpan {
  const startedMs = Date.parse(record.startedAt)
  const endedMs = record.endedAt === null ? startedMs : Date.parse(record.endedAt)
  const operation = operationOf(record.api)
  const failure =
    record.refusal?.code ?? (record.ending === 'complete' || record.ending === null ? null : record.ending)
  return {
    name: record.requestModel === null ? operation : `${operation} ${record.requestModel}`,
    kind: SpanKind.CLIENT,
    spanContext: () => ({
      traceId: hexOf(`trace ${record.conversation ?? record.id}`, 32),
      spanId: hexOf(`span ${record.id}`, 16),
      traceFlags: TraceFlags.SAMPLED,
    }),
    startTime: hrTime(startedMs),
    endTime: hrTime(endedMs),
    duration: hrTime(Math.max(0, endedMs - startedMs)),
    status: failure === null ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: failure },
    attributes: attributesOf(record, operation, failure),
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

function attributesOf(record: CallRecord, operation: string, failure: string | null): Attributes {
  const { attribution, usage } = record
  const costNanos = nanosOf(record.costUsd)
  return withoutNulls({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': SEMANTIC_PROVIDERS[record.provider] ?? record.provider,
    'gen_ai.request.model': record.requestModel,
    'gen_ai.response.model': record.responseModel,
    'gen_ai.response.id': record.responseId,
    'gen_ai.conversation.id': record.conversation,
    'gen_ai.agent.name': attribution.agent,
    'gen_ai.usage.input_tokens': usage && contextTokens(usage),
    'gen_ai.usage.output_tokens': usage && usage.output,
    'gen_ai.usage.cache_read.input_tokens': usage && usage.cacheRead,
    'gen_ai.usage.cache_creation.input_tokens': usage && usage.cacheWrite5m + usage.cacheWrite1h,
    'gen_ai.usage.reasoning.output_tokens': usage && usage.reasoning,
    'http.response.status_code': record.httpStatus,
    'error.type': failure,
    'allowance.call.id': record.id,
    'allowance.call.state': record.state,
    'allowance.call.kind': record.kind,
    'allowance.call.attempt': record.attempt,
    'allowance.call.ending': record.ending,
    'allowance.cost.nano_usd': costNanos,
    'allowance.cost.usd': costNanos / 1e9,
    'allowance.cost.priced': record.priced,
    'allowance.cost.billing': record.billing,
    'allowance.usage.source': usage && usage.source,
    'allowance.developer': attribution.developer,
    'allowance.project': attribution.project,
    'allowance.branch': attribution.branch,
    'allowance.session': attribution.session,
    'allowance.environment': attribution.environment,
    'allowance.verdict': record.verdicts[0]?.verdict ?? 'allow',
    'allowance.refusal.code': record.refusal?.code,
    'allowance.refusal.rule': record.refusal?.rule,
    ...Object.fromEntries(Object.entries(attribution.tags).map(([name, value]) => [`allowance.tag.${name}`, value])),
  })
}

/** https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai: what the API does, by its name in the ledger. */
function operationOf(api: string): string {
  if (api.includes('embed')) return 'embeddings'
  return api.includes('completion') && !api.includes('chat') ? 'text_completion' : 'chat'
}

function withoutNulls(attributes: Record<string, string | number | null | undefined>): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined),
  ) as Attributes
}

function hexOf(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/** Seconds and nanoseconds. */
export function hrTime(ms: number): HrTime {
  return [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)]
}
