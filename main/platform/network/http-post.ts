import { messageOf } from '../../../shared/contract/errors.ts'
import { requestTarget } from './request-target.ts'

export interface HttpPostOptions {
  body: string
  headers: Record<string, string>
  timeoutMs: number
  /** The proxy that this machine must use to get out; null for none. */
  proxy: string | null
  /** Certificates to trust beside the runtime's own, as PEM. */
  ca: string | null
}

/**
 * One POST, of whose answer only the status counts. A redirect is not followed. User and password of the URL are sent as
 * a Basic header. Throws an Error that says what failed, and never the address: it can be a secret.
 */
export async function httpPost(url: string, options: HttpPostOptions): Promise<number> {
  const target = requestTarget(url)
  const { createDispatcher, fetchThrough } = await import('./dispatchers.ts')
  const dispatcher = createDispatcher(options.proxy, options.ca)
  try {
    const response = await fetchThrough(target.url, {
      method: 'POST',
      body: options.body,
      headers: { ...target.headers, ...options.headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(options.timeoutMs),
      dispatcher,
    })
    await response.body?.cancel()
    return response.status
  } catch (error) {
    const inner = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new Error(messageOf(inner), { cause: error })
  } finally {
    await dispatcher.destroy().catch(() => {})
  }
}
