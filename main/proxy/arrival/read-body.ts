import type { IncomingMessage } from 'node:http'

/** The body is larger than the settings allow (413), or was not sent whole (the client is gone). */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge'
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`the request body is larger than ${limitBytes} bytes`)
    this.limitBytes = limitBytes
  }
}

/**
 * The whole body, exactly as it came. Bounded: past the limit it throws `BodyTooLarge` and reads no further. Throws
 * what the socket throws when the client leaves in the middle.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new BodyTooLarge(limitBytes)
  const chunks: Buffer[] = []
  let length = 0
  // Left in the middle, the stream must stay whole: a destroyed one takes the connection with it, and our answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limitBytes) throw new BodyTooLarge(limitBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
}
