import { commandLine } from '../../../../shared/values/command-line.ts'
import type { BudgetStatus, Status } from '../../../../shared/contract/contract.ts'
import { formatDuration, formatTokens } from '../../../../shared/values/format.ts'
import { formatUsd, parseUsd } from '../../../../shared/values/money.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { followFeed } from '../../support/follow-feed.ts'
import { askGateway } from '../../support/find-gateway.ts'
import { bar, clockTime, dollars, paints, printJson, table } from '../../support/output.ts'

export interface StatusOptions {
  watch?: boolean
  json?: boolean
}

const BAR_WIDTH = 32
/** News come in bursts; the eye needs no more than this. */
const REDRAW_MS = 500
/** The pace and the clock move without news. */
const IDLE_MS = 10_000

/** `allowance status [--watch]`: how today stands. */
export async function status(options: StatusOptions, io: Io): Promise<number> {
  const ask = () => askGateway(io, (client) => client.status.query())
  const show = (document: Status) => {
    if (options.json && options.watch) io.stdout(`${JSON.stringify(document)}\n`)
    else if (options.json) printJson(io, document)
    else io.stdout((options.watch && io.isTTY ? '\u001b[H\u001b[2J' : '') + asText(document, io))
  }
  show(await ask())
  if (options.watch) await watch(io, async () => show(await ask()))
  return EXIT.ok
}

async function watch(io: Io, redraw: () => Promise<void>): Promise<void> {
  let due: NodeJS.Timeout | undefined
  const soon = () => {
    due ??= setTimeout(() => {
      due = undefined
      redraw().catch(() => {})
    }, REDRAW_MS)
  }
  const idle = setInterval(soon, IDLE_MS)
  try {
    // What happened between the first look and the feed is caught up by a look when the feed is there.
    await followFeed(io, null, soon, soon)
  } finally {
    clearInterval(idle)
    clearTimeout(due)
  }
}

function asText(status: Status, io: Io): string {
  const { bold, dim, yellow, red } = paints(io)
  const nowMs = Date.parse(status.at)
  const lines = [(status.state === 'ok' ? bold : status.state === 'killed' ? red : yellow)(status.sentence), '']
  const { spend } = status
  const limit = sum(spend.limitUsd, spend.raisedUsd)
  if (spend.limitUsd !== null && limit > 0) {
    const share = sum(spend.spentUsd, spend.heldUsd) / limit
    const paint = share >= 0.95 ? red : share >= 0.8 ? yellow : (text: string) => text
    const held = sum(spend.heldUsd) > 0 ? ` · ${dollars(spend.heldUsd)} held` : ''
    lines.push(`  ${paint(bar(share, BAR_WIDTH))} ${Math.floor(share * 100)} %  ${dollars(spend.leftUsd)} left${held}`)
  }
  const reached =
    spend.leftUsd !== null && sum(spend.leftUsd) === 0
      ? ` · ${red(sum(spend.heldUsd) > 0 ? 'all spent or held' : 'cap reached')}`
      : spend.capReachedAt === null
        ? ''
        : ` · ${yellow(`cap reached at ${clockTime(spend.capReachedAt, status.timezone, nowMs)} at this pace`)}`
  lines.push(`  ${formatUsd(sum(spend.burnUsdPerHour))}/h${reached}`, '')
  const { plans = [] } = status
  if (plans.length > 0) lines.push(...plans.map(({ provider, sentence }) => `  ${provider} plan · ${sentence}`), '')
  if (status.budgets.length > 1) lines.push(budgetTable(status, nowMs, dim))
  lines.push(...sharing(status).map((line) => dim(`  ${line}`)))
  if (status.conversations.length > 0) lines.push(conversationTable(status, nowMs, dim))
  for (const ask of status.asks) {
    const left = formatDuration(1_000 * Math.max(0, Math.ceil((Date.parse(ask.expiresAt) - nowMs) / 1_000)))
    const how = `    ${commandLine()} answer ${ask.callId} once|30m|stop · stopped in ${left} without an answer`
    lines.push(yellow(`  ? ${ask.question}`), dim(how), '')
  }
  lines.push(...notes(status).map((note) => yellow(`  ! ${note}`)))
  lines.push(dim(`  ${policyLine(status)}`), dim(`  proxy ${status.gateway.proxy} · ${status.developer.id}`))
  return `${lines.join('\n')}\n`
}

/** Which budgets are counted over several machines; the headline says it of its own. */
function sharing({ budgets, spend }: Status): string[] {
  const others = budgets.flatMap((budget) =>
    budget.shared && budget.rule !== spend.rule ? [`${budget.rule}: ${budget.shared.sentence}`] : [],
  )
  return others.length > 0 ? [...others, ''] : []
}

function budgetTable(status: Status, nowMs: number, dim: (text: string) => string): string {
  const amount = (budget: BudgetStatus, value: string) =>
    budget.unit === 'usd' ? dollars(value) : budget.unit === 'tokens' ? formatTokens(Number(value)) : value
  return table(
    status.budgets.slice(0, 12),
    [
      {
        title: 'BUDGET',
        text: (row) => (row.key === null ? row.rule : `${row.rule} · ${row.key || '(none)'}`),
        maxWidth: 36,
      },
      { title: 'SPENT', align: 'right', text: (row) => amount(row, row.spent) },
      { title: 'HELD', align: 'right', text: (row) => (Number(row.held) === 0 ? '' : amount(row, row.held)) },
      { title: 'LIMIT', align: 'right', text: (row) => amount(row, row.limit) },
      { title: 'LEFT', align: 'right', text: (row) => amount(row, row.left) },
      {
        title: 'RESETS',
        text: (row) => (row.resetsAt === null ? 'rolling' : clockTime(row.resetsAt, status.timezone, nowMs)),
      },
    ],
    dim,
  )
}

function conversationTable(status: Status, nowMs: number, dim: (text: string) => string): string {
  return table(
    status.conversations.slice(0, 8),
    [
      { title: 'LIVE', text: (row) => row.attribution.project ?? row.attribution.agent ?? row.id, maxWidth: 24 },
      { title: 'AGENT', text: (row) => row.attribution.agent ?? '' },
      { title: 'MODEL', text: (row) => row.model ?? '', maxWidth: 28 },
      { title: 'TURNS', align: 'right', text: (row) => String(row.turns) },
      {
        title: 'CONTEXT',
        align: 'right',
        text: (row) =>
          formatTokens(row.contextTokens) +
          (row.contextWindow === null ? '' : ` of ${formatTokens(row.contextWindow)}`),
      },
      { title: 'COST', align: 'right', text: (row) => dollars(row.costUsd) },
      { title: 'NEXT', align: 'right', text: (row) => dollars(row.nextTurnUsd?.cached ?? null) },
      { title: 'LAST', text: (row) => clockTime(row.lastCallAt, status.timezone, nowMs) },
    ],
    dim,
  )
}

function notes({ policy, gaps, unapproved, hooks = [] }: Status): string[] {
  return [
    ...(policy.lastError === null ? [] : [policy.lastError.message]),
    ...(policy.pendingHosts
      ? [
          `${policy.pendingHosts.map(({ host }) => host).join(', ')}: new in the policy, not metered until you agree: ${commandLine()} policy trust-hosts`,
        ]
      : []),
    ...(policy.state === 'expired' ? ['the policy has expired'] : []),
    ...hooks.map(({ name, error, failingSince, dropped }) =>
      error === null
        ? `the hook ${name} was told too much at once: ${dropped} events were not sent`
        : `the hook ${name} fails since ${failingSince}: ${error} (${dropped} events were not delivered)`,
    ),
    ...gaps.slice(-2).map((gap) => `not metered from ${gap.from} to ${gap.until}: ${gap.reason}`),
    ...unapproved.slice(0, 3).map((use) => `${use.host} is not approved by the policy (${use.calls} calls)`),
  ]
}

function policyLine({ policy }: Status): string {
  if (policy.source === null) return 'no policy: metering only, and your own rules'
  return `policy ${policy.version === null ? 'not yet known' : `version ${policy.version}`} from ${policy.source} (${policy.state.replaceAll('-', ' ')})`
}

function sum(...amounts: (string | null)[]): number {
  return amounts.reduce((total, amount) => total + (amount === null ? 0 : (parseUsd(amount) ?? 0)), 0)
}
