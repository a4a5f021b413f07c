import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import {
  type CapPreview,
  type CapRequest,
  type OwnRulesAnswer,
  SWITCHABLE_GUARDS,
  type SwitchableGuard,
} from '../../../../shared/rules/own-rules.ts'
import type { Action } from '../../../../shared/rules/policy.ts'
import {
  ownRulesOf,
  previewCap,
  type ReplayPlace,
  removeRule,
  setCap,
  switchGuard,
  undoRules,
} from '../../../control/actions/own-rules.ts'
import type { OwnRulesKeeper } from '../../../control/views/gateway-view.ts'
import { ensureHome, resolveHome } from '../../../platform/home/paths.ts'
import { OwnRulesFile } from '../../../policy-source/own-rules-file.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway, type GatewayClient, isGatewayRunning } from '../../support/find-gateway.ts'
import { paints, printJson } from '../../support/output.ts'
import { knownPrices, readLedger } from '../../support/read-ledger.ts'

export interface CapOptions {
  per?: string
  project?: string
  environment?: string
  agent?: string
  model?: string
  provider?: string
  branch?: string
  each?: string
  warn?: string
  action?: string
  dryRun?: boolean
  json?: boolean
}

interface JsonOption {
  json?: boolean
}

const SCOPES = ['project', 'environment', 'agent', 'model', 'provider', 'branch'] as const

/** `allowance cap 5`: no more than $5 a day, in force with the next call. With `--dry-run` only says what it would do. */
export async function cap(amountUsd: string, options: CapOptions, io: Io): Promise<number> {
  const request = requestOf(amountUsd, options)
  const preview = await (options.dryRun
    ? readPlace(io, (place) => previewCap(place, request))
    : through(
        io,
        (client) => client.setCap.mutate(request),
        (keeper) => readPlace(io, (place) => setCap(keeper, place, request)),
      ))
  if (options.json) printJson(io, preview)
  else io.stdout(describePreview(preview, options.dryRun === true, io))
  return EXIT.ok
}

/** `allowance cap list`: caps and guards that were set here. */
export async function capList(options: JsonOption, io: Io): Promise<number> {
  return show(
    await through(
      io,
      (client) => client.ownRules.query(),
      async (keeper) => ownRulesOf(keeper),
    ),
    options,
    io,
  )
}

/** `allowance cap remove NAME`. */
export async function capRemove(id: string, options: JsonOption, io: Io): Promise<number> {
  return show(
    await through(
      io,
      (client) => client.removeRule.mutate({ id }),
      async (keeper) => removeRule(keeper, id),
    ),
    options,
    io,
    `${id} is removed`,
  )
}

/** `allowance cap undo`: as it was before the last change. */
export async function capUndo(options: JsonOption, io: Io): Promise<number> {
  return show(
    await through(
      io,
      (client) => client.undoRules.mutate(),
      async (keeper) => undoRules(keeper),
    ),
    options,
    io,
    'the last change is undone',
  )
}

/** `allowance guard on loop`: asks before an agent goes on in a loop. */
export async function guardSwitch(state: string, name: string, options: JsonOption, io: Io): Promise<number> {
  const guard = SWITCHABLE_GUARDS.find((known) => known === name)
  if (state !== 'on' && state !== 'off')
    throw new AllowanceError('usage', `a guard is switched on or off, not "${state}"`, commandLine('guard on loop'))
  if (!guard)
    throw new AllowanceError('usage', `no guard "${name}" can be switched`, `one of ${SWITCHABLE_GUARDS.join(', ')}`)
  return show(await setGuard(io, guard, state === 'on'), options, io, `the ${guard} guard is ${state}`)
}

function setGuard(io: Io, guard: SwitchableGuard, on: boolean): Promise<OwnRulesAnswer> {
  return through(
    io,
    (client) => client.switchGuard.mutate({ guard, on }),
    async (keeper) => switchGuard(keeper, guard, on),
  )
}

/** Past calls with the prices that hold, for what a cap would have done. */
async function readPlace(io: Io, read: (place: ReplayPlace) => Promise<CapPreview>): Promise<CapPreview> {
  const { prices } = await knownPrices(io)
  return readLedger(io, (ledger) => read({ ...ledger, prices }))
}

/** By the gateway where one runs, because it is the file's one writer; else in the home, for the next one to find. */
async function through<Answer>(
  io: Io,
  ask: (client: GatewayClient) => Promise<Answer>,
  alone: (keeper: OwnRulesKeeper) => Promise<Answer>,
): Promise<Answer> {
  if (isGatewayRunning(io)) return askGateway(io, ask)
  const answer = await alone(new OwnRulesFile(ensureHome(resolveHome(io.env, io.platform)).ownRules))
  io.stderr('allowance: no gateway is running; this is in force when one starts\n')
  return answer
}

function requestOf(amountUsd: string, options: CapOptions): CapRequest {
  const scope = Object.fromEntries(
    SCOPES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as Record<string, string>
  return {
    amountUsd,
    per: options.per ?? 'day',
    action: actionOf(options.action),
    ...(options.each === undefined ? {} : { each: options.each }),
    ...(Object.keys(scope).length > 0 ? { scope } : {}),
    ...(options.warn === undefined ? {} : { warnAt: sharesOf(options.warn) }),
  }
}

function actionOf(text = 'deny'): Action {
  const actions: readonly Action[] = ['deny', 'ask', 'throttle', 'warn']
  const action = actions.find((known) => known === text)
  if (action) return action
  throw new AllowanceError('usage', `"${text}" is not an action`, `--action ${actions.join('|')}`)
}

/** `50,80,95` (percent, with or without the sign) → shares. */
function sharesOf(text: string): number[] {
  const shares = text.split(',').map((part) => Number(part.trim().replace(/%$/, '')) / 100)
  if (shares.every((share) => share > 0 && share <= 1)) return [...new Set(shares)].sort((a, b) => a - b)
  throw new AllowanceError('usage', `"${text}" is not a list of percentages from 1 to 100`, '--warn 50,80,95')
}

function describePreview({ rule, sentence, past }: CapPreview, isDryRun: boolean, io: Io): string {
  const { green, dim } = paints(io)
  const lead = isDryRun ? dim('would set') : green('✓')
  const undo = isDryRun ? '' : dim(`  ${rule} · to undo: ${commandLine('cap undo')}\n`)
  return `${lead} ${sentence}.\n  ${past}\n${undo}`
}

function show(answer: OwnRulesAnswer, options: JsonOption, io: Io, done?: string): number {
  const { green, dim, bold } = paints(io)
  if (options.json) {
    printJson(io, answer)
    return EXIT.ok
  }
  if (done !== undefined) io.stdout(`${green('✓')} ${done}\n`)
  if (answer.rules.length === 0) io.stdout(`You have set no caps. ${dim(`$5 a day: ${commandLine('cap 5')}`)}\n`)
  for (const { id, sentence } of answer.rules) io.stdout(`${bold(id)}  ${sentence}.\n`)
  return EXIT.ok
}
