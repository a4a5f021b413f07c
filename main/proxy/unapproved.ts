import type { IncomingMessage } from 'node:http'
import type { Status } from '../../shared/contract/contract.ts'
import { parseUrl } from '../../shared/values/parse-url.ts'
import { type Unapproved, UnapprovedUses } from '../core/ledger/reports/unapproved-uses.ts'
import { isOtherModelHost, looksLikeModelBody, looksLikeModelPath } from '../core/providers/other-model-hosts.ts'
import { hostMatches } from '../core/providers/registry.ts'
import type { Ledger } from '../ledger/store/ledger.ts'
import { gatewayEvents } from '../ledger/queries/call-queries.ts'
import type { Caller } from './arrival/ingress.ts'
import type { BlindTunnel } from './intercept/tunnel/connect.ts'
import { isLoopback } from './intercept/tunnel/tunnel-target.ts'
import type { PreparedCall } from './call/call-states.ts'
import type { ProviderTable } from './arrival/route.ts'

const RESTORED_MS = 7 * 86_400_000
const MAX_SHOWN = 50

/**
 * Models that are used past the policy, as far as they can be seen without looking into anything: tunnels to hosts that
 * are known to serve models, calls that an access rule is against, plain HTTP and base URLs that look like model calls.
 */
export class UnapprovedModels {
  readonly #uses = new UnapprovedUses()
  readonly #ledger: Ledger
  readonly #providers: ProviderTable
  readonly #clock: () => number

  constructor(ledger: Ledger, providers: ProviderTable, clock: () => number) {
    this.#ledger = ledger
    this.#providers = providers
    this.#clock = clock
    for (const { event, atMs } of gatewayEvents(
      ledger.store.database,
      ['provider.unapproved'],
      clock() - RESTORED_MS,
    )) {
      if (event.type === 'provider.unapproved') this.#uses.restore(event, atMs)
    }
    ledger.subscribe(({ event }) => {
      if (event.type !== 'call.admitted' && event.type !== 'call.refused') return
      if (!event.verdicts.some(({ guard, verdict }) => guard === 'provider-access' && verdict !== 'allow')) return
      const { provider, attribution } = event.call
      const host = parseUrl(this.#providers.byId(provider)?.origin ?? '')?.hostname ?? provider
      this.#seen(host, attribution.process?.command ?? null, 'not-approved')
    })
  }

  /** A tunnel that passes unseen: its target's name is all that is known, and its bytes when it is over. */
  async tunnelled({
    host,
    reason,
    caller,
    closed,
  }: Pick<BlindTunnel, 'host' | 'reason' | 'caller' | 'closed'>): Promise<void> {
    if (reason !== 'other-host' || !isOtherModelHost(host)) return
    const process = await commandOf(caller)
    this.#seen(host, process, 'not-spoken')
    const { up, down } = await closed
    this.#write({ host, process, atMs: this.#clock(), calls: 0, bytes: up + down, why: 'not-spoken' })
  }

  /** Plain HTTP of somebody else's host, which passes unmetered. The body is only looked at as it flows by. */
  foreignHttp(request: IncomingMessage, url: URL, caller: Promise<Caller>): void {
    if (isLoopback(url.hostname)) return
    const seen = () => void commandOf(caller).then((process) => this.#seen(url.host, process, 'looks-like-model'))
    const { method = 'GET' } = request
    if (looksLikeModelPath({ method, path: url.pathname }) || isOtherModelHost(url.hostname)) seen()
    else if (method === 'POST') {
      request.once('data', (chunk: Buffer) => {
        if (looksLikeModelBody(chunk.subarray(0, 4_096).toString('utf8'))) seen()
      })
    }
  }

  /** A call that a launch sends to its own place, neither the provider's nor the settings'. */
  called({ provider, upstream, call }: Pick<PreparedCall, 'provider' | 'upstream' | 'call'>): void {
    const { hostname, host } = upstream
    if (isLoopback(hostname) || provider.hosts.some((pattern) => hostMatches(pattern, hostname))) return
    if (host === parseUrl(this.#providers.originOf(provider))?.host) return
    if (this.#providers.forHost(hostname) !== null) return
    this.#seen(host, call.attribution.process?.command ?? null, 'looks-like-model')
  }

  list(): Status['unapproved'] {
    return this.#uses
      .hosts(this.#clock())
      .slice(0, MAX_SHOWN)
      .map(({ lastAtMs, ...host }) => ({ ...host, lastAt: new Date(lastAtMs).toISOString() }))
  }

  /** Writes what no event tells of yet. */
  flush(): void {
    for (const event of this.#uses.rest()) this.#ledger.record(event)
  }

  #seen(host: string, process: string | null, why: Unapproved): void {
    this.#write({ host, process, atMs: this.#clock(), calls: 1, bytes: 0, why })
  }

  #write(use: Parameters<UnapprovedUses['add']>[0]): void {
    const event = this.#uses.add(use)
    if (event) this.#ledger.record(event)
  }
}

async function commandOf(caller: Promise<Caller>): Promise<string | null> {
  return (await caller).process?.command ?? null
}
