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
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) return reject(new BodyTooLarge(limitBytes))
    const chunks: Buffer[] = []
    let length = 0
    const take = (chunk: Buffer) => {
      length += chunk.length
      chunks.push(chunk)
      if (length > limitBytes) leave(() => reject(new BodyTooLarge(limitBytes)))
    }
    const end = () => leave(() => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)))
    const fail = (error: Error) => leave(() => reject(error))
    const close = () => leave(() => reject(new Error('the client left before its request was whole')))
    // Left in the middle, the stream stays whole and flows on: a destroyed one takes the connection with it, and our answer.
    const leave = (settle: () => void) => {
      request.off('data', take).off('end', end).off('error', fail).off('close', close)
      settle()
    }
    request.on('data', take).on('end', end).on('error', fail).on('close', close)
    if (request.destroyed) close()
  })
}
