import { commandLine } from '../shared/command-line.ts'
import path from 'node:path'
import type { ModelPrice } from '../shared/policy.ts'
import type { Settings } from '../shared/settings.ts'
import { createRecentCalls } from './core/ledger/recent-calls.ts'
import { rulesInForce } from './core/policy/rules-in-force.ts'
import { createPriceBook } from './core/pricing/price-book.ts'
import { PROVIDERS } from './core/providers/registry.ts'
import { Books } from './ledger/books.ts'
import { keepHistory } from './ledger/keep-history.ts'
import { learned } from './ledger/learned.ts'
import { Ledger } from './ledger/ledger.ts'
import { recover } from './ledger/recover.ts'
import { repriceHistory as repriceCalls } from './ledger/reprice-history.ts'
import { SqliteStore } from './ledger/sqlite-store.ts'
import { openOwnRules } from './open-own-rules.ts'
import { type Clock, localTimeZone, systemClock } from './platform/clock.ts'
import { findDeveloper } from './platform/developer.ts'
import { createKeyedHash, loadFingerprintKey } from './platform/fingerprint.ts'
import { createGitFacts } from './platform/git-facts.ts'
import { takeGaps } from './platform/gap-file.ts'
import type { Logger } from './platform/logger.ts'
import { homePaths } from './platform/paths.ts'
import { PriceSource } from './platform/price-source.ts'
import { createProcessLookup } from './platform/process-lookup.ts'
import { loadProxyToken } from './platform/proxy-token-file.ts'
import { createTokenCounter } from './platform/token-counter.ts'
import { isUrl } from './policy-source/read-policy.ts'
import type { PolicyKey } from './policy-source/signature.ts'
import { PolicySource } from './policy-source/policy-source.ts'
import { TrustedHosts } from './policy-source/trusted-hosts.ts'
import { Callers } from './proxy/callers.ts'
import { createSpine } from './proxy/create-spine.ts'
import { Interception } from './proxy/intercept/interception.ts'
import { PolicyHosts } from './proxy/intercept/policy-hosts.ts'
import { staysOnMachine, targetOfUrl, type TunnelTarget } from './proxy/intercept/tunnel-target.ts'
import { createOuterProxy } from './proxy/intercept/upstream-proxy.ts'
import { Questions } from './proxy/questions.ts'
import { createProviderTable } from './proxy/provider-table.ts'
import { ProxyServer } from './proxy/proxy-server.ts'
import { createTokenCheck } from './proxy/proxy-token.ts'
import { trustedRoots } from './proxy/trusted-roots.ts'
import { UnapprovedModels } from './proxy/unapproved.ts'
import { UpstreamAgents } from './proxy/upstream-agents.ts'
import { WebSockets } from './proxy/websocket/web-sockets.ts'

export interface GatewayOptions {
  settings: Settings
  home: string
  version: string
  env: Readonly<Record<string, string | undefined>>
  logger: Logger
  clock?: Clock
  /** The built token worker; null counts in this thread. */
  tokenWorkerPath: string | null
  /** How long running calls may take to finish when the gateway stops. */
  stopGraceMs?: number
}

/** How long running calls may take to finish when the gateway stops. */
const STOP_GRACE_MS = 9_000
/** Then streams are ended in their own terms; what does not take it in this time is broken off: ten seconds in all. */
const FAREWELL_MS = 1_000
/** How often a ledger that could not be written is tried again. */
const FLUSH_MS = 1_000

/** Makes the gateway of a home: everything that serves calls, nothing that shows them. Nothing listens before `start`. */
export async function createGateway(options: GatewayOptions) {
  const { settings, home, logger, env } = options
  const clock = options.clock ?? systemClock
  const paths = homePaths(home)
  const startedAtMs = clock()

  const ledger = new Ledger(new SqliteStore(paths.ledger), clock)
  const recovered = recover(ledger)
  if (recovered > 0) logger.warn('calls that a crash left open were closed at best evidence', { calls: recovered })
  ledger.append({ type: 'gateway.started', pid: process.pid, version: options.version })

  const recent = createRecentCalls()
  const books = new Books(ledger, recent, clock)
  const { conversations, calibration } = learned(ledger, startedAtMs)

  const developer = await findDeveloper(settings.developer, env)
  const outer = createOuterProxy(env, settings.httpsProxy, (target) => isSelf(target))
  const roots = trustedRoots(settings.caFile)
  const policySource = await PolicySource.open({
    url: settings.policy.url,
    developer: developer.id,
    audience: settings.policy.audience,
    keys: settings.policy.keys as PolicyKey[],
    refreshMs: settings.policy.refreshSeconds * 1_000,
    onFirstFetch: settings.policy.onFirstFetch,
    lastKnownGoodFile: paths.lastPolicy,
    proxyFor: (url) => outer(targetOfUrl(new URL(url))),
    ca: roots?.join('\n') ?? null,
    clock,
    logger,
  })
  const ownRules = openOwnRules(paths.ownRules, developer.id, { ledger, clock, logger })
  const priceSource = new PriceSource({
    url: settings.pricesUrl,
    file: paths.prices,
    proxyFor: (url) => outer(targetOfUrl(new URL(url))),
    ca: roots?.join('\n') ?? null,
    clock,
    logger,
  })
  const usePolicy = () => {
    const { policy } = policySource.current()
    books.setRules(rulesInForce(policy, settings, localTimeZone(), ownRules.rules))
    prices = priceBookOf(policy?.prices ?? [])
  }
  const trustedHosts = new TrustedHosts({
    file: paths.trustedHosts,
    isRemote: isUrl(settings.policy.url ?? ''),
    isKnown: (host) => providers.isKnown(host),
    named: () => policySource.current().policy?.hosts ?? [],
  })
  const providers = createProviderTable(settings, () => trustedHosts.trusted())
  const freeProviders = [...PROVIDERS, ...providers.own]
    .filter((provider) => provider.billing === 'local')
    .map((provider) => provider.id)
  const priceBookOf = (policyPrices: readonly ModelPrice[]) =>
    createPriceBook({ dataset: priceSource.dataset, policyPrices, settingsPrices: settings.prices, freeProviders })
  let prices = priceBookOf([])
  usePolicy()
  const usePolicyAndPrices = () => {
    usePolicy()
    repriceHistory()
  }
  policySource.onChange((change) => {
    if (change.event) ledger.record(change.event)
    if (change.rules) usePolicyAndPrices()
  })
  ownRules.onChange(usePolicy)
  priceSource.onChange(usePolicyAndPrices)
  /** What newer prices say of calls of late; in the background, and given up when prices change again. */
  const repriceHistory = () => {
    const book = prices
    repricing = repriceCalls(books, book, () => book === prices && stopping === null).then(
      (calls) => (calls > 0 ? logger.info('calls were priced again', { calls, version: book.version }) : undefined),
      (error: unknown) => logger.warn('calls could not be priced again', { error: String(error) }),
    )
  }

  const questions = new Questions(books)
  const unapproved = new UnapprovedModels(ledger, providers, clock)
  const callers = new Callers(createProcessLookup(), (directory) => gitFacts.repositoryOf(directory))
  const gitFacts = createGitFacts(clock)
  const agents = new UpstreamAgents(outer, roots)
  const counter = createTokenCounter({
    workerPath: options.tokenWorkerPath,
    onEstimate: (reason) => logger.info('tokens were estimated by bytes', { reason }),
  })
  const parts = createSpine({
    settings,
    books,
    recent,
    conversations,
    calibration,
    policySource,
    providers,
    callers,
    counter,
    agents,
    developer,
    hash: createKeyedHash(loadFingerprintKey(path.join(home, 'fingerprint.key'))),
    asking: questions,
    onAdmitted: (prepared) => unapproved.called(prepared),
    prices: () => prices,
    clock,
    logger,
  })
  const isSelf = (target: TunnelTarget) => proxy.isSelf(target)
  const proxyToken = staysOnMachine(settings.listen) ? null : loadProxyToken(paths.proxyToken)
  const checkToken = createTokenCheck(proxyToken)
  const webSockets = new WebSockets(parts, agents)
  const proxy = new ProxyServer({
    parts,
    host: settings.listen,
    port: settings.port,
    allowedOrigins: settings.allowedOrigins,
    checkToken,
    callerOf: (socket) => callers.of(socket),
    upstreamProxy: outer,
    onUpgrade: (request, socket, head, ingress) => webSockets.upgrade(request, socket, head, ingress),
    onForeignHttp: (request, url, caller) => unapproved.foreignHttp(request, url, caller),
  })
  const interception = await Interception.open({
    home,
    hostPatterns: [
      ...[...PROVIDERS, ...providers.own].flatMap((provider) => provider.hosts),
      ...trustedHosts.trusted().map(({ host }) => host),
    ],
    isModelHost: (host) => providers.forHost(host) !== null,
    callers,
    upstreamProxy: outer,
    isSelf,
    failureMode: () => policySource.current().policy?.onUnavailable.gateway ?? 'open',
    checkToken,
    onBlindTunnel(tunnel) {
      policyHosts.passed(tunnel)
      void unapproved.tunnelled(tunnel)
    },
    onLeafRefused: ({ host, untilMs }) => {
      logger.warn('a client does not trust our certificate', { host, passesUnmetered: untilMs !== null })
      if (untilMs === null) return
      const reason = `a client does not trust our certificate for ${host}: start it with \`${commandLine()} run\``
      ledger.record({ type: 'gap.recorded', fromMs: clock(), untilMs, reason })
    },
    clock,
  })
  const policyHosts = new PolicyHosts({
    hosts: trustedHosts,
    authority: interception.authority,
    record: (event) => ledger.record(event),
    clock,
    logger,
  })
  policySource.onChange(({ rules }) => {
    if (rules) void policyHosts.follow()
  })
  interception.attach(proxy.server, proxy)

  let flushing: NodeJS.Timeout | undefined
  let history: { close(): void } | undefined
  let repricing: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | null = null
  return {
    books,
    conversations,
    policySource,
    ownRules,
    developer,
    startedAtMs,
    proxyToken,
    prices: () => prices,
    calibration,
    interception,
    unapproved,
    policyHosts,
    priceSource,
    questions,

    /** @returns the proxy's URL @throws AllowanceError `port-busy` */
    async start(): Promise<string> {
      await policySource.start()
      ownRules.watch()
      await policyHosts.follow()
      const url = await proxy.listen()
      recordGaps()
      void counter.warm()
      priceSource.start()
      repriceHistory()
      flushing = setInterval(() => {
        ledger.flush()
        recordGaps()
      }, FLUSH_MS)
      flushing.unref()
      history = keepHistory(books, settings.ledger.keepDays)
      return url
    },

    /** Stops accepting, lets running calls finish or settles them, and closes the ledger. Safe to call twice. */
    async stop(reason: string): Promise<void> {
      if (stopping) return stopping
      stopping = stop(reason)
      return stopping
    },
  }

  /** Noted by runs while there was no gateway, or by one whose bridge has just found us. */
  function recordGaps(): void {
    for (const gap of takeGaps(home)) ledger.record({ type: 'gap.recorded', ...gap })
  }

  async function stop(reason: string): Promise<void> {
    clearInterval(flushing)
    history?.close()
    interception.close()
    questions.close()
    const graceMs = options.stopGraceMs ?? STOP_GRACE_MS
    const patience = setTimeout(() => books.traffic.endAll(), graceMs)
    await Promise.all([proxy, webSockets].map((server) => server.stop(graceMs + FAREWELL_MS)))
    clearTimeout(patience)
    interception.destroyAll()
    await parts.background.settleAll()
    policySource.close()
    ownRules.close()
    priceSource.close()
    await repricing
    agents.close()
    await counter.close()
    unapproved.flush()
    ledger.record({ type: 'gateway.stopped', reason })
    ledger.close()
  }
}

export type Gateway = Awaited<ReturnType<typeof createGateway>>
