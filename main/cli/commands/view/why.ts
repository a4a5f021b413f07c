import { commandLine } from '../../../../shared/values/command-line.ts'
import type { Why } from '../../../../shared/contract/contract.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { explainSpend } from '../../../control/views/why.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { dollars, paints, printJson } from '../../support/output.ts'
import { readLedger } from '../../support/read-ledger.ts'

export interface WhyOptions {
  spike?: boolean
  since?: string
  until?: string
  json?: boolean
}

const SHOWN_CALLS = 5

/** `allowance why [CALL | --spike]`: traces a call, or the steepest rise of spend, to who and what caused it. */
export async function why(callId: string | undefined, options: WhyOptions, io: Io): Promise<number> {
  if (callId !== undefined && options.spike)
    throw new AllowanceError('usage', 'either a call or --spike', commandLine('why --spike'))
  const { since, until } = options
  const question = callId === undefined ? { since, until } : { callId }
  const rules = callId === undefined ? [] : await (await import('../../support/own-rules.ts')).knownRules(io)
  const answer = await readLedger(io, ({ database, timeZone, nowMs }) =>
    explainSpend(database, question, timeZone, nowMs, rules),
  )
  if (options.json) printJson(io, answer)
  else io.stdout(asText(answer, io))
  return EXIT.ok
}

function asText({ sentence, attribution: who, cause, evidence, costUsd, calls }: Why, io: Io): string {
  const { bold, dim } = paints(io)
  const rows: [string, string | null | undefined][] = [
    ['cost', cause === null ? null : dollars(costUsd)],
    ['cause', cause],
    ['process', who?.process?.command],
    ['folder', who?.process?.cwd],
    ['project', who?.project],
    ['branch', who?.branch],
    ['session', who?.session],
    ['agent', who?.agent],
    ['kinds', listOf(evidence['kinds'])],
    ['models', listOf(evidence['models'])],
    [
      'calls',
      calls.length === 0
        ? null
        : `${calls.slice(0, SHOWN_CALLS).join(' ')}${calls.length > SHOWN_CALLS ? ` and ${calls.length - SHOWN_CALLS} more` : ''}`,
    ],
  ]
  const shown = rows.filter((row): row is [string, string] => Boolean(row[1]))
  return `${bold(sentence)}\n${shown.map(([name, value]) => `  ${dim(name.padEnd(9))}${value}\n`).join('')}`
}

/** `{prompt: 2, retry: 1}` → `prompt 2, retry 1`. */
function listOf(counts: unknown): string | null {
  if (typeof counts !== 'object' || counts === null) return null
  return Object.entries(counts as Record<string, number>)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
