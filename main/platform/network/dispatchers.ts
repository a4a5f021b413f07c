// The one door to undici.
import { Agent, Dispatcher, fetch, ProxyAgent } from 'undici'

/** `fetch` that takes a dispatcher of ours; the global one is another copy and would not know it. */
export const fetchThrough = fetch

/** Connections directly, or through a proxy. @param ca certificates to trust beside the runtime's own, as PEM */
export function createDispatcher(proxy: string | null, ca: string | null): Dispatcher {
  const tls = ca ? { ca } : {}
  return proxy === null ? new Agent({ connect: tls }) : new ProxyAgent({ uri: proxy, requestTls: tls })
}

/** https through a proxy, everything else and what `isDirect` names directly. */
export function createSplitDispatcher(proxy: string, isDirect: (host: string, port: number) => boolean): Dispatcher {
  return new SplitDispatcher(proxy, isDirect)
}

/** undici has one of this kind; it prints a warning into every child's stderr that it is an experiment. */
class SplitDispatcher extends Dispatcher {
  readonly #direct = new Agent()
  readonly #proxied: ProxyAgent
  readonly #isDirect: (host: string, port: number) => boolean

  constructor(proxy: string, isDirect: (host: string, port: number) => boolean) {
    super()
    this.#proxied = new ProxyAgent(proxy)
    this.#isDirect = isDirect
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandlers): boolean {
    const origin = new URL(String(options.origin))
    const host = origin.hostname.replace(/^\[(.*)\]$/, '$1')
    const direct = origin.protocol !== 'https:' || this.#isDirect(host, Number(origin.port) || 443)
    return (direct ? this.#direct : this.#proxied).dispatch(options, handler)
  }

  override async close(): Promise<void> {
    await Promise.all([this.#direct.close(), this.#proxied.close()])
  }

  override async destroy(): Promise<void> {
    await Promise.all([this.#direct.destroy(), this.#proxied.destroy()])
  }
}
