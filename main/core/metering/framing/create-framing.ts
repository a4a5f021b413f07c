import { EventStreamFraming } from './event-stream-framing.ts'
import { type Framing, OPAQUE } from './frame.ts'
import { JsonLinesFraming } from './json-framing.ts'
import { SniffingFraming } from './sniffing-framing.ts'

/** A framing for a response by its content type; the first byte overrules a label that cannot be. */
export function createFraming(contentType: string | null | undefined): Framing {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (mediaType === 'text/event-stream') return new SniffingFraming('sse')
  if (mediaType === 'application/vnd.amazon.eventstream') return new EventStreamFraming()
  if (/^application\/(x-)?(ndjson|jsonl|json-lines|jsonlines|stream\+json)$/.test(mediaType))
    return new JsonLinesFraming()
  if (mediaType.startsWith('audio/') || mediaType.startsWith('image/') || mediaType.startsWith('video/')) return OPAQUE
  return new SniffingFraming('json')
}
