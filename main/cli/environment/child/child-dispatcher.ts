// Its own file, so that only a child that calls `fetch` pays for loading what it needs.
import { createSplitDispatcher } from '../../../platform/network/dispatchers.ts'
import { bypasses } from '../../../proxy/intercept/upstream/upstream-proxy.ts'

/** What a child's `fetch` sends its requests through: https by the proxy, everything else and the hosts of `NO_PROXY` directly. */
export function createDispatcher(proxyUrl: string, noProxy: string): unknown {
  return createSplitDispatcher(proxyUrl, (host, port) => bypasses(noProxy, { host, port }))
}
