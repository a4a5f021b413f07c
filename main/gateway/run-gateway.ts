import type { RuntimeFile } from '../../shared/contract/contract.ts'
import type { Telemetry } from '../../shared/rules/policy.ts'
import type { Settings } from '../../shared/rules/settings.ts'
import type { GatewayView } from '../control/views/gateway-view.ts'
import { type ControlServer, startControlServer } from '../control/http-server.ts'
import { keepStatuslineFile } from '../control/views/statusline-file.ts'
import { conversationStatus } from '../core/ledger/calls/conversation-status.ts'
import { createGateway, type Gateway } from './create-gateway.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { Hooks } from '../export/hooks/hooks.ts'
import { keepTelemetry } from './keep-telemetry.ts'
import { lockHome } from '../ledger/store/home-lock.ts'
import { BudgetWarnings } from '../ledger/upkeep/warn-budgets.ts'
import { type Clock, systemClock } from '../platform/system/clock.ts'
import { newSecret } from '../platform/system/ids.ts'
import { ensureHome, homePaths } from '../platform/home/paths.ts'
import { createSettingsKeeper } from '../platform/home/settings-keeper.ts'
import { removeRuntimeFile, writeRuntimeFile } from '../platform/home/runtime-file.ts'
import { proxyName } from '../proxy/intercept/upstream/upstream-proxy.ts'

export interface RunningGateway {
  /** Where it can be reached, as `runtime.json` says. */
  runtime: RuntimeFile
  view: GatewayView
  /** A link that opens the dashboard in a browser tab, once. */
  pageUrl(): string
  /** Stops accepting, finishes or settles what runs (10 s), and is gone. Safe to call twice. */
  stop(reason: string): Promise<void>
}

/** A conversation is live for this long after its last call. */
const LIVE_MS = 30 * 60_000

/**
 * The whole gateway of a home: the proxy, the control API, and the files by which others find it. One a home: throws
 * `already-running`, and `home-not-writable`, `ledger-unavailable` or `port-busy` as their parts do.
 */
export async function runGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { home, logger } = options
  const clock = options.clock ?? systemClock
  const paths = ensureHome(home)
  const undo: (() => void | Promise<void>)[] = []
  const unwind = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const lock = lockHome(paths.lock)
    undo.push(() => lock.release())
    const gateway = await createGateway({ ...options, clock })
    let reason = 'it could not start'
    undo.push(() => gateway.stop(reason))
    const warnings = new BudgetWarnings(gateway.books)
    undo.push(() => warnings.close())
    const proxy = await gateway.start()
    const place = { proxy, control: '' }
    const telemetry = keepTelemetry({
      database: gateway.books.ledger.store.database,
      developer: gateway.developer.id,
      wanted: () => telemetryOf(gateway.policySource.current().policy?.telemetry, options.settings),
      env: options.env,
      version: options.version,
      file: paths.telemetry,
      clock,
      logger,
    })
    undo.push(() => telemetry.close())
    const hooks = new Hooks({
      ledger: gateway.books.ledger,
      developer: gateway.developer.id,
      guardOf: (id) => gateway.books.inForce.rules.find((rule) => rule.id === id)?.guard ?? null,
      env: options.env,
      ...gateway.outward,
    })
    const useHooks = () => {
      const { policy } = gateway.policySource.current()
      hooks.use([...(policy?.hooks ?? []), ...options.settings.hooks])
    }
    useHooks()
    undo.push(() => hooks.close())
    const view = viewOf(gateway, options, clock, place, { ...telemetry, hookStatus: () => hooks.status() })
    const token = newSecret()
    const control = await startControlServer({ view, token, port: options.settings.controlPort })
    place.control = control.url
    gateway.peers.addOwnPort(Number(new URL(control.url).port))
    undo.push(() => control.stop())
    warnings.checkAll()
    const unfollow = gateway.policySource.onChange(({ rules }) => {
      if (!rules) return
      warnings.checkAll()
      telemetry.follow()
      useHooks()
    })
    const unfollowOwn = gateway.ownRules.onChange(() => warnings.checkAll())
    const statusline = keepStatuslineFile(view, paths.statusline)
    undo.push(unfollow, unfollowOwn, () => statusline.close())
    const runtime = runtimeOf(gateway, options, control, proxy, token)
    writeRuntimeFile(paths.runtime, runtime)
    undo.push(() => removeRuntimeFile(paths.runtime, process.pid))
    logger.info('gateway ready', { proxy, control: control.url, home })

    let stopping: Promise<void> | null = null
    return {
      runtime,
      view,
      pageUrl: control.pageUrl,
      stop: (why) => {
        reason = why
        stopping ??= unwind()
        return stopping
      },
    }
  } catch (error) {
    await unwind()
    throw error
  }
}

function viewOf(
  gateway: Gateway,
  options: GatewayOptions,
  clock: Clock,
  place: { proxy: string; control: string },
  exported: Pick<GatewayView, 'metricsText' | 'hookStatus'>,
): GatewayView {
  const { books, conversations, policySource, developer, startedAtMs } = gateway
  const { settings, home, version, logger } = options
  return {
    books,
    policySource,
    ownRules: gateway.ownRules,
    settings,
    home,
    version,
    env: options.env,
    startedAtMs,
    developer,
    clock,
    logger,
    proxyUrl: () => place.proxy,
    controlUrl: () => place.control,
    conversations: () => {
      const nowMs = clock()
      return conversations
        .since(nowMs - LIVE_MS)
        .map((one) => conversationStatus(one, gateway.prices(), books.inForce.rules, nowMs))
    },
    metricsText: exported.metricsText,
    hookStatus: exported.hookStatus,
    settingsKeeper: createSettingsKeeper({ file: homePaths(home).settings, env: options.env, running: settings }),
    policyHosts: gateway.policyHosts,
    prices: gateway.prices,
    priceSource: gateway.priceSource,
    unapproved: () => gateway.unapproved.list(),
    traffic: books.traffic,
    questions: gateway.questions,
  }
}

/** A company's receiver wins over a developer's own. */
function telemetryOf(policy: Telemetry | null | undefined, { telemetry }: Settings): Telemetry | null {
  if (policy && policy.otlpUrl !== null) return policy
  return telemetry.otlpUrl === null ? null : telemetry
}

function runtimeOf(
  gateway: Gateway,
  options: GatewayOptions,
  control: ControlServer,
  proxy: string,
  token: string,
): RuntimeFile {
  return {
    pid: process.pid,
    version: options.version,
    proxy,
    control: control.url,
    token,
    proxyToken: gateway.proxyToken ?? '',
    home: options.home,
    outerProxy: proxyName(options.env, options.settings.httpsProxy),
    startedAt: new Date(gateway.startedAtMs).toISOString(),
  }
}
