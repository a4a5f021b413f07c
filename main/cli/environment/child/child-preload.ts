// Loaded by `--require` into every Node that a run starts and that does not honour proxy variables by itself. It has
// to be quick (npm and tsc load it too), silent, and without effect on anything but outgoing connections.
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import type { Duplex } from 'node:stream'
import { bypasses } from '../../../proxy/intercept/upstream/upstream-proxy.ts'
import { needsPreload } from '../variables/node-options.ts'

const DISPATCHER = Symbol.for('undici.globalDispatcher.1')

interface ConnectionOptions {
  host?: string | null
  hostname?: string | null
  port?: number | string | null
  servername?: string
  socketPath?: string | null
}
type Done = (error: Error | null, socket?: Duplex) => void
type CreateConnection = (this: https.Agent, options: ConnectionOptions, done?: Done) => Duplex | null | undefined

interface DispatcherModule {
  createDispatcher(proxyUrl: string, noProxy: string): unknown
}

const noProxy = () => process.env['no_proxy'] || process.env['NO_PROXY'] || ''
const httpsProxy = () => process.env['https_proxy'] || process.env['HTTPS_PROXY'] || ''

try {
  if (needsPreload(process.versions.node) && !process.versions['electron'] && httpsProxy() !== '') {
    leadFetch()
    leadHttps()
  }
} catch {
  // A child that goes its own way is better than one that does not start.
}

/** `fetch` asks for its dispatcher under a well-known name; ours is loaded when it first does. */
function leadFetch(): void {
  if (Object.getOwnPropertyDescriptor(globalThis, DISPATCHER)) return
  const put = (value: unknown) =>
    Object.defineProperty(globalThis, DISPATCHER, { value, writable: true, configurable: true })
  Object.defineProperty(globalThis, DISPATCHER, {
    configurable: true,
    set: put,
    get() {
      // Loading undici reads this name itself, and puts its own dispatcher there.
      put(undefined)
      const globals = globalThis as Record<symbol, unknown>
      try {
        const { createDispatcher } = createRequire(__filename)('./child-dispatcher.cjs') as DispatcherModule
        globals[DISPATCHER] = createDispatcher(httpsProxy(), noProxy())
      } catch {
        // Without it fetch makes its own dispatcher and goes directly.
      }
      return globals[DISPATCHER]
    },
  })
}

/** Every agent's connections, because SDKs bring agents of their own; those that tunnel by themselves do not come by here. */
function leadHttps(): void {
  const prototype = https.Agent.prototype as unknown as { createConnection: CreateConnection }
  const direct = prototype.createConnection
  prototype.createConnection = function createConnection(options, done) {
    const target = { host: String(options.host || options.hostname || 'localhost'), port: Number(options.port) || 443 }
    const proxyUrl = httpsProxy()
    const asIs = typeof options !== 'object' || done === undefined || options.socketPath || 'socket' in options
    if (asIs || !/^http:/i.test(proxyUrl) || bypasses(noProxy(), target)) return direct.call(this, options, done)
    void tunnelled(this, options, done)
    return undefined
  }

  async function tunnelled(agent: https.Agent, options: ConnectionOptions, done: Done): Promise<void> {
    const target = { host: String(options.host || options.hostname || 'localhost'), port: Number(options.port) || 443 }
    let socket: Duplex | null | undefined
    try {
      socket = direct.call(agent, Object.assign({}, options, { socket: await openTunnel(httpsProxy(), target) }))
    } catch (error) {
      return done(error as Error)
    }
    done(null, socket ?? undefined)
  }
}

async function openTunnel(proxyUrl: string, target: { host: string; port: number }): Promise<Duplex> {
  const proxy = new URL(proxyUrl)
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  const headers: Record<string, string> = { host: authority }
  if (credentials !== ':') headers['proxy-authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`
  return new Promise((resolve, reject) => {
    const request = http.request({
      host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(proxy.port) || 80,
      method: 'CONNECT',
      path: authority,
      agent: false,
      headers,
    })
    request.once('connect', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`the proxy ${proxy.host} answered ${response.statusCode} for ${authority}`))
    })
    request.once('error', reject)
    request.end()
  })
}
