import { messageOf } from '../../../shared/contract/errors.ts'
import { requestTarget } from './request-target.ts'

export interface HttpGetOptions {
  headers?: Record<string, string>
  timeoutMs: number
  /** The most that is read of a body; a longer one is an error. */
  maxBytes: number
  /** The proxy that this machine must use to get out; null for none. */
  proxy: string | null
  /** Certificates to trust beside the runtime's own, as PEM. */
  ca?: string | null
  signal?: AbortSignal
}

export interface HttpAnswer {
  status: number
  etag: string | null
  text: string
}

/**
 * One GET, for documents that the gateway itself needs. Follows redirects, but never from https to http. Throws an
 * Error whose message says what failed; a status that is no success is an answer, not an error.
 */
export async function httpGet(given: string, options: HttpGetOptions): Promise<HttpAnswer> {
  const { url, headers } = requestTarget(given)
  const abort = new AbortController()
  const onAbort = () => abort.abort(new Error('stopped'))
  options.signal?.addEventListener('abort', onAbort, { once: true })
  if (options.signal?.aborted) onAbort()
  const timeout = setTimeout(
    () => abort.abort(new Error(`no answer within ${options.timeoutMs / 1000} s`)),
    options.timeoutMs,
  )
  // Read with the first question: a start does not wait for it.
  const { createDispatcher, fetchThrough } = await import('./dispatchers.ts')
  const dispatcher = createDispatcher(options.proxy, options.ca ?? null)
  try {
    const response = await fetchThrough(url, {
      headers: { ...headers, ...options.headers },
      signal: abort.signal,
      dispatcher,
    })
    if (url.startsWith('https:') && response.url.startsWith('http:'))
      throw new Error(`${new URL(url).host} redirects to an unencrypted address`)
    const text = await readText(response.body, options.maxBytes)
    return { status: response.status, etag: response.headers.get('etag'), text }
  } catch (error) {
    if (abort.signal.aborted) throw abort.signal.reason
    throw new Error(reasonOf(error), { cause: error })
  } finally {
    clearTimeout(timeout)
    options.signal?.removeEventListener('abort', onAbort)
    await dispatcher.destroy().catch(() => {})
  }
}

async function readText(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** undici says `fetch failed` and keeps the reason inside. */
function reasonOf(error: unknown): string {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error
  const { code } = inner as { code?: string }
  return [code, messageOf(inner)].filter((part) => part && part !== '').join(': ')
}
