import { createFraming } from '../../core/metering/framing/create-framing.ts'
import type { Dialect, ModelRequest, Provider } from '../../core/providers/types/provider.ts'
import type { Exchange } from '../arrival/exchange.ts'
import { type Forwarder, UpstreamFailed } from './forward.ts'
import type { Reading } from '../../core/metering/usage/usage-reader.ts'
import { answerUpstreamFailure } from './send-call.ts'
import { relay, type Tap } from './relay.ts'

const NOTHING = Buffer.alloc(0)

export interface PassParts {
  forwarder: Forwarder
  /** A stored response was read: it may close a call that was made in the background. */
  observeStored(reading: Reading): Promise<void>
}

export interface PassedRequest {
  provider: Provider
  upstream: URL
  /** What was read already; without it the request streams through. */
  body?: Buffer
  dialect?: Dialect
  request?: ModelRequest
}

/** Requests of a provider that cost nothing: passed on as they are. A stored response that is read may close a call. */
export async function passThrough(parts: PassParts, exchange: Exchange, passed: PassedRequest): Promise<void> {
  try {
    const upstream = await parts.forwarder.send(
      exchange.request,
      exchange.response,
      passed.upstream,
      passed.body ?? null,
      exchange.ingress.upstreams?.['proxy'] ?? null,
    )
    const tap = watchStored(parts, passed, upstream.response.headers['content-type'], upstream.response.statusCode ?? 0)
    await relay(upstream, exchange.response, tap, {})
  } catch (error) {
    if (!(error instanceof UpstreamFailed)) throw error
    answerUpstreamFailure(exchange, error)
  }
}

function watchStored(
  parts: PassParts,
  { dialect, request }: PassedRequest,
  contentType: string | undefined,
  status: number,
): Tap {
  const framing = createFraming(contentType)
  const reader = dialect && request && status < 400 ? dialect.createReader(request) : null
  const take = (frames: ReturnType<typeof framing.push>) => {
    for (const frame of frames) {
      if (frame.type === 'body') reader?.body(frame.value, {}, status)
      else reader?.event(frame.name, frame.value)
    }
  }
  return {
    holdsBack: false,
    final: false,
    atEdge: false,
    cutNow: () => NOTHING,
    listensOn: () => false,
    push: (chunk) => {
      if (reader) take(framing.push(chunk))
      return { pass: chunk, cut: null }
    },
    rest: () => NOTHING,
    close: async (ending) => {
      // Half of what was stored is no word on what it used; a stream that said its end is whole.
      if (!reader || (ending !== 'complete' && !reader.reading().done)) return
      take(framing.finish())
      await parts.observeStored(reader.reading())
    },
  }
}
