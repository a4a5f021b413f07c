// The one door to undici, and a file of its own, so that only a child that calls `fetch` pays for loading it.
import { Agent, Dispatcher, ProxyAgent } from 'undici'
import { bypasses } from '../../proxy/intercept/upstream-proxy.ts'

/** What `fetch` sends its requests through: https by the proxy, everything else and the hosts of `NO_PROXY` directly. */
export function createDispatcher(proxyUrl: string, noProxy: string): Dispatcher {
  return new LaunchDispatcher(proxyUrl, noProxy)
}

/** undici has one of this kind; it prints a warning into every child's stderr that it is an experiment. */
class LaunchDispatcher extends Dispatcher {
  readonly #direct = new Agent()
  readonly #proxied: ProxyAgent
  readonly #noProxy: string

  constructor(proxyUrl: string, noProxy: string) {
    super()
    this.#proxied = new ProxyAgent(proxyUrl)
    this.#noProxy = noProxy
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandlers): boolean {
    const origin = new URL(String(options.origin))
    const target = { host: origin.hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(origin.port) || 443 }
    const direct = origin.protocol !== 'https:' || bypasses(this.#noProxy, target)
    return (direct ? this.#direct : this.#proxied).dispatch(options, handler)
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct.close(), this.#proxied.close()])
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct.destroy(), this.#proxied.destroy()])
  }
}
