import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Ending } from '../../../shared/calls/call.ts'
import type { Upstream } from './forward.ts'

/** What watches the bytes that pass. It may close the books early, hold bytes back that only we asked for, or end a stream. */
export interface Tap {
  /** The bytes to pass on, and, when the budget is used up, the bytes that end the stream after them. */
  push(chunk: Buffer): { pass: Buffer; cut: Buffer | null }
  /** Whether it may hold bytes back, so that the length the upstream announced may not be true. */
  readonly holdsBack: boolean
  /** True once nothing more can change what the call cost: its books are closed before that byte is passed on. */
  readonly final: boolean
  /** Whether a stream can be ended here and now, between two events; then `cutNow` are the bytes that end it. */
  readonly atEdge: boolean
  cutNow(): Buffer
  /**
   * A stream that was ended for its client may be a word away from its end at the provider, which then says what it cost:
   * whether to listen on, before anything more came, or with what came.
   */
  listensOn(chunk?: Buffer): boolean
  /** What was held back and belongs out when the stream is over. */
  rest(): Buffer
  /** Closes the books. Called once with how it ended, before the last byte is released. */
  close(ending: Ending): Promise<void>
}

/** So long a provider that was told where to stop may take to stop and say what it was. */
const LAST_WORD_MS = 3_000

const HOP_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
])

/**
 * Passes the answer on chunk by chunk, with the tap beside it. The last byte leaves only when the books are closed:
 * what reached the client is always in the ledger. A broken upstream breaks the client's connection; a client that
 * leaves stops the upstream; `stop` ends a stream even while nothing arrives. Returns how it ended.
 */
export async function relay(
  upstream: Upstream,
  client: ServerResponse,
  tap: Tap,
  extraHeaders: OutgoingHttpHeaders,
  stop?: AbortSignal,
): Promise<Ending> {
  const { response } = upstream
  const length = Number(response.headers['content-length'] ?? Number.NaN)
  writeHead(response, client, extraHeaders, tap.holdsBack)
  let seen = 0
  let isStopped = false
  let isCut = false
  /** What ends the stream for its client, while the provider says its last word. */
  let last: Buffer | null = null
  let timer: NodeJS.Timeout | undefined
  // The head goes out at once: a stream's first token may be seconds away, and clients show that they are connected.
  // What has come with it goes with it, in one packet.
  setImmediate(() => {
    if (seen === 0 && !client.destroyed) client.flushHeaders()
  })
  const onStop = () => {
    // In the midst of an event it is ended with the next bytes, by the tap itself.
    if (!tap.atEdge && !last) return
    isStopped = true
    response.destroy(new Error('stopped'))
  }
  const cutOff = async (end: Buffer): Promise<boolean> => {
    isCut = true
    upstream.abort()
    await tap.close('cut')
    client.end(end)
    return false
  }
  const cutSoon = (pass: Buffer, cut: Buffer): Promise<boolean> | null => {
    if (!tap.listensOn()) return cutOff(Buffer.concat([pass, cut]))
    last = cut
    timer = setTimeout(() => response.destroy(new Error('it goes on')), LAST_WORD_MS)
    if (pass.length > 0) client.write(pass)
    return null
  }
  const passLast = async (pass: Buffer): Promise<boolean> => {
    await tap.close('complete')
    if (pass.length > 0 && !client.write(pass)) await drained(client)
    return true
  }
  stop?.addEventListener('abort', onStop, { once: true })
  try {
    await eachChunk(response, (chunk) => {
      seen += chunk.length
      if (last) return tap.listensOn(chunk) ? null : cutOff(last)
      const { pass, cut } = tap.push(chunk)
      if (cut) return cutSoon(pass, cut)
      if (tap.final || seen >= length) return passLast(pass)
      return pass.length > 0 && !client.write(pass) ? drained(client) : null
    })
  } catch {
    if ((isStopped && !client.destroyed) || last) {
      await cutOff(last ?? tap.cutNow())
      return 'cut'
    }
    const ending = client.destroyed && !client.writableFinished ? 'client-left' : 'upstream-broke'
    upstream.abort()
    await tap.close(ending)
    client.destroy()
    return ending
  } finally {
    stop?.removeEventListener('abort', onStop)
    clearTimeout(timer)
  }
  if (last && !isCut) await cutOff(last)
  if (isCut) return 'cut'
  const ending = client.destroyed ? 'client-left' : 'complete'
  await tap.close(ending)
  client.end(tap.rest())
  return ending
}

/**
 * Takes a body chunk by chunk, without a promise for each: only where `take` gives one does the next chunk wait for it,
 * and no more is taken when it says false. Rejects when the body breaks off or `take` throws.
 */
function eachChunk(body: IncomingMessage, take: (chunk: Buffer) => Promise<boolean> | null): Promise<void> {
  return new Promise((resolve, reject) => {
    let waiting: Promise<unknown> = Promise.resolve()
    // What is being waited for is finished first: nobody goes on beside it.
    const fail = (error: unknown) => void waiting.then(() => reject(error), reject)
    const goOn = (isMore: boolean) => {
      if (isMore) body.resume()
      else resolve()
    }
    body.on('data', (chunk: Buffer) => {
      try {
        const pending = take(chunk)
        if (!pending) return
        body.pause()
        waiting = pending.then(goOn, fail)
      } catch (error) {
        fail(error)
      }
    })
    body.once('end', () => void waiting.then(() => resolve(), reject))
    body.once('error', fail)
    body.once('close', () => {
      if (!body.readableEnded) fail(new Error('the body broke off'))
    })
  })
}

function writeHead(
  response: IncomingMessage,
  client: ServerResponse,
  extraHeaders: OutgoingHttpHeaders,
  dropLength: boolean,
): void {
  const headers: OutgoingHttpHeaders = {}
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index] ?? ''
    const value = response.rawHeaders[index + 1] ?? ''
    if (HOP_HEADERS.has(name.toLowerCase()) || (dropLength && name.toLowerCase() === 'content-length')) continue
    const before = headers[name]
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [String(before)]), value]
  }
  client.writeHead(response.statusCode ?? 502, { ...headers, ...extraHeaders })
}

async function drained(client: ServerResponse): Promise<true> {
  if (client.destroyed) throw new Error('the client left')
  await new Promise<void>((resolve) => {
    const done = () => {
      client.off('drain', done)
      client.off('close', done)
      resolve()
    }
    client.on('drain', done)
    client.on('close', done)
  })
  return true
}
