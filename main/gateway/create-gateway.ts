import { commandLine } from '../../shared/values/command-line.ts'
import path from 'node:path'
import type { ModelPrice } from '../../shared/rules/policy.ts'
import { rulesInForce } from '../core/policy/document/rules-in-force.ts'
import { createPriceBook } from '../core/pricing/price-book.ts'
import { PROVIDERS } from '../core/providers/registry.ts'
import { repriceHistory as repriceCalls } from '../ledger/upkeep/reprice-history.ts'
import { localTimeZone, systemClock } from '../platform/system/clock.ts'
import { digest } from '../platform/system/digest.ts'
import { findDeveloper } from '../platform/identity/developer.ts'
import { createKeyedHash, loadFingerprintKey } from '../platform/home/fingerprint.ts'
import { createGitFacts } from '../platform/identity/git-facts.ts'
import { homePaths } from '../platform/home/paths.ts'
import { PriceSource } from '../platform/network/price-source.ts'
import { createProcessLookup } from '../platform/process/process-lookup.ts'
import { loadProxyToken } from '../platform/home/proxy-token-file.ts'
import { createTokenCounter } from '../platform/tokens/token-counter.ts'
import { isUrl } from '../policy-source/read-policy.ts'
import type { PolicyKey } from '../policy-source/signature.ts'
import { PolicySource } from '../policy-source/policy-source.ts'
import { TrustedHosts } from '../policy-source/trusted-hosts.ts'
import type { Caller } from '../proxy/arrival/ingress.ts'
import { isOtherUser } from '../proxy/arrival/other-user.ts'
import { Callers } from '../proxy/preparation/callers.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { keepLedger } from './keep-ledger.ts'
import { keepOwnRules } from './keep-own-rules.ts'
import { keepSharedBudgets } from './keep-shared-budgets.ts'
import { openBooks } from './open-books.ts'
import { createSpine } from '../proxy/create-spine.ts'
import { handleCall } from '../proxy/handle-call.ts'
import { Interception } from '../proxy/intercept/interception.ts'
import { PolicyHosts } from '../proxy/intercept/policy-hosts.ts'
import { staysOnMachine, targetOfUrl, type TunnelTarget } from '../proxy/intercept/tunnel/tunnel-target.ts'
import { createForbiddenPeers } from '../proxy/intercept/upstream/forbidden-peers.ts'
import { createOuterProxy } from '../proxy/intercept/upstream/upstream-proxy.ts'
import { Questions } from '../proxy/admission/questions.ts'
import { createProviderTable } from '../proxy/arrival/provider-table.ts'
import { ProxyServer } from '../proxy/arrival/proxy-server.ts'
import { createTokenCheck } from '../proxy/arrival/proxy-token.ts'
import { trustedRoots } from '../proxy/intercept/upstream/trusted-roots.ts'
import { UnapprovedModels } from '../proxy/unapproved.ts'
import { UpstreamAgents } from '../proxy/passage/upstream-agents.ts'
import { WebSockets } from '../proxy/websocket/web-sockets.ts'

/** How long running calls may take to finish when the gateway stops. */
const STOP_GRACE_MS = 9_000
/** Then streams are ended in their own terms; what does not take it in this time is broken off: ten seconds in all. */
const FAREWELL_MS = 1_000

/** Makes the gateway of a home: everything that serves calls, nothing that shows them. Nothing listens before `start`. */
export async function createGateway(options: GatewayOptions) {
  const { settings, home, logger, env } = options
  const clock = options.clock ?? systemClock
  const paths = homePaths(home)
  const startedAtMs = clock()

  // Before the ledger is opened: caps that cannot be read stop the start.
  const ownRules = keepOwnRules(paths.ownRules, (event) => {
    usePolicy()
    ledger.record(event)
  })
  const { ledger, recent, books, conversations, calibration } = openBooks({
    file: paths.ledger,
    version: options.version,
    clock,
    logger,
  })

  const developer = await findDeveloper(settings.developer, env)
  const outer = createOuterProxy(env, settings.httpsProxy, (target) => isSelf(target))
  const roots = trustedRoots(settings.caFile)
  const outward = {
    proxyFor: (url: string) => outer(targetOfUrl(new URL(url))),
    ca: roots?.join('\n') ?? null,
    clock,
    logger,
  }
  const policySource = await PolicySource.open({
    url: settings.policy.url,
    developer: developer.id,
    audience: settings.policy.audience,
    keys: settings.policy.keys as PolicyKey[],
    refreshMs: settings.policy.refreshSeconds * 1_000,
    onFirstFetch: settings.policy.onFirstFetch,
    lastKnownGoodFile: paths.lastPolicy,
    ...outward,
  })
  const priceSource = new PriceSource({
    url: settings.pricesUrl,
    file: paths.prices,
    ...outward,
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
  const freeProviders = [...PROVIDERS, ...providers.own].filter((one) => one.billing === 'local').map(({ id }) => id)
  const priceBookOf = (policyPrices: readonly ModelPrice[]) =>
    createPriceBook({ dataset: priceSource.dataset, policyPrices, settingsPrices: settings.prices, freeProviders })
  let prices = priceBookOf([])
  usePolicy()
  policySource.onChange(({ event, rules }) => {
    if (event) ledger.record(event)
    if (!rules) return
    usePolicy()
    repriceHistory()
  })
  priceSource.onChange(() => {
    usePolicy()
    repriceHistory()
  })
  /** What newer prices say of recent calls; in the background, and given up when prices change again. */
  const repriceHistory = () => {
    const book = prices
    const { policy } = policySource.current()
    const mark = digest(
      'sha256',
      JSON.stringify([options.version, book.version, policy?.prices, settings.prices]),
      'hex',
    )
    repricing = repriceCalls(books, book, () => book === prices && stopping === null, String(mark)).then(
      (calls) => (calls > 0 ? logger.info('calls were priced again', { calls, version: book.version }) : undefined),
      (error: unknown) => logger.warn('calls could not be priced again', { error: String(error) }),
    )
  }

  const questions = new Questions(books)
  const unapproved = new UnapprovedModels(ledger, providers, clock)
  const callers = new Callers(createProcessLookup(), (directory) => gitFacts.repositoryOf(directory))
  const gitFacts = createGitFacts(clock)
  const peers = createForbiddenPeers()
  const agents = new UpstreamAgents(outer, roots, peers)
  const counter = createTokenCounter({
    workerPath: options.tokenWorkerPath,
    onEstimate: (reason) => logger.info('tokens were estimated by bytes', { reason }),
  })
  const spine = createSpine({
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
  // Who has shown the proxy token may use this gateway, whoever it is.
  const isStranger = ({ userId = null }: Caller) =>
    proxyToken === null && !settings.allowOtherUsers && isOtherUser(userId, process.getuid?.() ?? null)
  const webSockets = new WebSockets(spine, agents)
  const proxy = new ProxyServer({
    parts: spine,
    peers,
    handleCall: (exchange) => handleCall(spine, exchange),
    host: settings.listen,
    port: settings.port,
    allowedOrigins: settings.allowedOrigins,
    checkToken,
    callerOf: (socket) => callers.of(socket),
    isStranger,
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
    peers,
    isSelf,
    failureMode: () => policySource.current().policy?.onUnavailable.gateway ?? 'open',
    checkToken,
    isStranger,
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
  interception.attach(proxy.server, proxy)
  const sharedBudgets = keepSharedBudgets({
    books,
    policy: () => policySource.current().policy,
    developer: developer.id,
    env,
    ...outward,
    file: paths.machineId,
  })
  policySource.onChange(({ rules }) => {
    if (!rules) return
    void policyHosts.follow()
    void sharedBudgets.follow()
  })

  let upkeep: { close(): void } | undefined
  let repricing: Promise<void> = Promise.resolve()
  let stopping: Promise<void> | null = null
  return {
    books,
    conversations,
    policySource,
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
    peers,
    ownRules,
    outward,

    /** @returns the proxy's URL @throws AllowanceError `port-busy` */
    async start(): Promise<string> {
      await policySource.start()
      await policyHosts.follow()
      await sharedBudgets.follow()
      const url = await proxy.listen()
      if (proxy.port !== null) peers.addOwnPort(proxy.port)
      void counter.warm()
      priceSource.start()
      repriceHistory()
      upkeep = keepLedger(books, home, () => policySource.current().policy?.keepDays ?? settings.ledger.keepDays)
      return url
    },

    /** Stops accepting, lets running calls finish or settles them, and closes the ledger. Safe to call twice. */
    async stop(reason: string): Promise<void> {
      if (stopping) return stopping
      stopping = stop(reason)
      return stopping
    },
  }

  async function stop(reason: string): Promise<void> {
    upkeep?.close()
    interception.close()
    questions.close()
    const graceMs = options.stopGraceMs ?? STOP_GRACE_MS
    const patience = setTimeout(() => books.traffic.endAll(), graceMs)
    await Promise.all([proxy, webSockets].map((server) => server.stop(graceMs + FAREWELL_MS)))
    clearTimeout(patience)
    interception.destroyAll()
    await spine.settleBackground()
    await sharedBudgets.close()
    policySource.close()
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
