import { commandLine } from '../../../shared/command-line.ts'
import { AllowanceError } from '../../../shared/errors.ts'
import type { CapRequest, OwnRulesView, Replay } from '../../../shared/own-rules.ts'
import { actionSchema, type Scope } from '../../../shared/policy.ts'
import { REPLAY_MS, replayCalls } from '../../control/replay-calls.ts'
import { capRule, describeOwnRule, isAmount } from '../../core/policy/own-rules.ts'
import { checkedRule } from '../../policy-source/own-rules-store.ts'
import { SCOPE_OPTIONS } from '../cap-options.ts'
import { changeOwnRules, openStore, readOwnRulesView } from '../change-own-rules.ts'
import { EXIT, type Io } from '../command.ts'
import { paints, printJson, table } from '../output.ts'
import { progressOn } from '../progress.ts'
import { knownPrices, readLedger } from '../read-ledger.ts'

export interface CapOptions extends Partial<Record<(typeof SCOPE_OPTIONS)[number], string[]>> {
  per?: string
  each?: string
  warn?: string
  action?: string
  name?: string
  dryRun?: boolean
  json?: boolean
  tag?: string[]
}

/** `allowance cap AMOUNT`: a cap of one's own, in force with the next call; what it would have done of late stands below. */
export async function capSet(amount: string, options: CapOptions, io: Io): Promise<number> {
  const request = requestOf(amount, options)
  const { document, rule } = checkedRule(capRule(request, (await openStore(io)).rules))
  const changed = options.dryRun
    ? { schema: 1 as const, rule: null, name: document.id, sentence: describeOwnRule(rule), live: true }
    : await changeOwnRules(io, {
        ask: (client) => client.caps.set.mutate(request),
        act: (store) => store.setCap(request),
      })
  const { live, ...answer } = changed
  const replay = await replayLately(rule, io)
  if (options.json) printJson(io, { ...answer, set: !options.dryRun, live: live && !options.dryRun, replay })
  else {
    const { bold, dim, green } = paints(io)
    const mark = options.dryRun ? dim('would be set:') : green('✓')
    io.stdout(`${mark} ${bold(answer.sentence)}\n  ${replay.sentence}\n`)
    if (!live)
      io.stderr(`allowance: no gateway is running; the cap holds from the next start: ${commandLine('serve')}\n`)
    if (!options.dryRun) io.stdout(dim(`  to take it back: ${commandLine('cap undo')}\n`))
  }
  return EXIT.ok
}

/** `allowance cap list`: every rule in force, and whose it is. */
export async function capList(options: { json?: boolean }, io: Io): Promise<number> {
  const view = await readOwnRulesView(io)
  if (options.json) printJson(io, view)
  else io.stdout(listText(view, io))
  return view.trouble === null ? EXIT.ok : EXIT.no
}

/** `allowance cap remove NAME`. */
export async function capRemove(name: string, options: { json?: boolean }, io: Io): Promise<number> {
  return changed(options, io, {
    ask: (client) => client.caps.remove.mutate({ name }),
    act: (store) => store.remove(name),
  })
}

/** `allowance cap undo`: takes the last change back; again, the one before. */
export async function capUndo(options: { json?: boolean }, io: Io): Promise<number> {
  return changed(options, io, { ask: (client) => client.caps.undo.mutate(), act: (store) => store.undo() })
}

export async function changed(
  options: { json?: boolean },
  io: Io,
  act: Parameters<typeof changeOwnRules>[1],
): Promise<number> {
  const { live, ...answer } = await changeOwnRules(io, act)
  if (options.json) printJson(io, { ...answer, live })
  else {
    io.stdout(`${paints(io).green('✓')} ${answer.sentence}\n`)
    if (!live) io.stderr(`allowance: no gateway is running; it holds from the next start: ${commandLine('serve')}\n`)
  }
  return EXIT.ok
}

function requestOf(amount: string, options: CapOptions): CapRequest {
  if (!isAmount(amount)) throw new AllowanceError('usage', `"${amount}" is not an amount`, commandLine('cap 5.00'))
  const { per, each, name, warn } = options
  const action = options.action === undefined ? undefined : actionSchema.safeParse(options.action)
  if (action && !action.success)
    throw new AllowanceError(
      'usage',
      `"${options.action}" is not an action`,
      `--action ${actionSchema.options.join('|')}`,
    )
  const scope = scopeOf(options)
  return {
    amountUsd: amount,
    ...(per === undefined ? {} : { per }),
    ...(each === undefined ? {} : { each }),
    ...(name === undefined ? {} : { name }),
    ...(warn === undefined ? {} : { warnAt: sharesOf(warn) }),
    ...(action === undefined ? {} : { action: action.data }),
    ...(Object.keys(scope).length === 0 ? {} : { scope }),
  }
}

function scopeOf(options: CapOptions): Scope {
  const scope: Scope = {}
  for (const name of SCOPE_OPTIONS) {
    const values = options[name]?.flatMap((value) => value.split(','))
    if (values) scope[name] = values
  }
  for (const tag of options.tag ?? []) {
    const [, name, value] = /^([^=]+)=(.+)$/.exec(tag) ?? []
    if (name === undefined || value === undefined)
      throw new AllowanceError('usage', `"${tag}" is not a tag`, '--tag team=growth')
    scope[`tag:${name}`] = [value]
  }
  return scope
}

/** `50,80,95` → 0.5, 0.8, 0.95. */
function sharesOf(text: string): number[] {
  return text.split(',').map((part) => {
    const percent = Number(part.trim().replace(/%$/, ''))
    if (part.trim() !== '' && percent > 0 && percent <= 100) return percent / 100
    throw new AllowanceError('usage', `"${part}" is not a percentage above 0 and up to 100`, '--warn 50,80,95')
  })
}

async function replayLately(rule: Parameters<typeof describeOwnRule>[0], io: Io): Promise<Replay> {
  const { prices } = await knownPrices(io)
  const progress = progressOn(io, 'trying it on the last 30 days')
  try {
    return await readLedger(io, ({ database, timeZone, nowMs }) =>
      replayCalls(database, {
        rules: [rule],
        timeZone,
        sinceMs: nowMs - REPLAY_MS,
        untilMs: nowMs,
        prices,
        onProgress: progress.show,
        signal: io.signal,
      }),
    )
  } finally {
    progress.clear()
  }
}

function listText(view: OwnRulesView, io: Io): string {
  const { dim, yellow } = paints(io)
  const rows = table(
    view.rules,
    [
      { title: 'NAME', text: ({ id, name }) => name ?? id, maxWidth: 30 },
      { title: 'SAYS', text: ({ sentence }) => sentence.replace(/\.$/, ''), maxWidth: 110 },
      { title: 'FROM', text: ({ label }) => label },
    ],
    dim,
  )
  const switches = view.switches
    .filter(({ on, alsoBy }) => !on && alsoBy.length === 0)
    .map(({ guard }) => dim(`  The ${guard} guard is off: ${commandLine(`guard on ${guard}`)}\n`))
  return [
    rows === '' ? `No cap is set.\n${dim(`  ${commandLine('cap 5')} sets one of $5.00 a day\n`)}` : rows,
    ...switches,
    view.undo ? dim(`  ${commandLine('cap undo')} takes back: ${view.undo.sentence}\n`) : '',
    view.trouble ? yellow(`  ! ${view.trouble.message}\n    ${view.trouble.fix}\n`) : '',
  ].join('')
}
