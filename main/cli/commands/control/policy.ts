import { commandLine } from '../../../../shared/values/command-line.ts'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { PolicyCheck, PolicyStatus } from '../../../../shared/contract/contract.ts'
import { AllowanceError, messageOf } from '../../../../shared/contract/errors.ts'
import type { Policy } from '../../../../shared/rules/policy.ts'
import { RULE_ORIGIN_LABELS, type RuleOrigin } from '../../../../shared/rules/replay.ts'
import { guardNamed } from '../../../core/policy/guards/registry.ts'
import { policyDiff } from '../../../core/policy/document/policy-diff.ts'
import { parsePolicy } from '../../../core/policy/document/parse-policy.ts'
import { describeTier } from '../../../core/policy/decision/tier-verdict.ts'
import { localTimeZone, systemClock } from '../../../platform/system/clock.ts'
import { generatePolicyKeys, payloadOf, type PolicyKey, signPolicy } from '../../../policy-source/signature.ts'
import { originOf } from '../../../core/policy/document/rules-in-force.ts'
import { knownRulesInForce } from '../../support/own-rules.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { askGateway, findGateway } from '../../support/find-gateway.ts'
import { clockTime, paints, printJson, table } from '../../support/output.ts'
import { diffText, replayPolicy, replayText } from './policy-replay.ts'
import { knownPolicy } from '../../support/read-ledger.ts'

interface JsonOption {
  json?: boolean
}

interface ShownRule {
  id: string
  guard: string
  sentence: string
  source: 'policy' | 'own'
  origin: RuleOrigin
  label: string
}

/** `allowance policy show`: the rules in force, and where they came from; without a gateway, as they were last known. */
export async function policyShow(options: JsonOption, io: Io): Promise<number> {
  const { status, rules, tiers } = isRunning(io)
    ? await askGateway(io, (client) => client.policy.query())
    : await lastKnown(io)
  if (options.json) printJson(io, { schema: 1, ...status, rules, tiers })
  else io.stdout(statusText(status, io) + (rules.length > 0 ? `\n${ruleTable(rules, io)}` : '') + tierLines(tiers))
  return EXIT.ok
}

/** `allowance policy refresh`: asks the source now. 1 when it could not be reached or its document was rejected. */
export async function policyRefresh(options: JsonOption, io: Io): Promise<number> {
  const { outcome, status } = await askGateway(io, (client) => client.refreshPolicy.mutate())
  if (options.json) printJson(io, { schema: 1, outcome, ...status })
  else io.stdout(statusText(status, io))
  return outcome === 'rejected' || outcome === 'unreachable' ? EXIT.no : EXIT.ok
}

/**
 * `allowance policy check FILE [--replay 30d]`: whether it is a policy, what each of its rules says, and what they would
 * have done with past calls. 1 when it is none.
 */
export async function policyCheck(file: string, options: JsonOption & { replay?: string }, io: Io): Promise<number> {
  const { check: result, policy } = checkText(readText(file, io))
  const replay = policy && options.replay !== undefined ? await replayPolicy(policy, options.replay, io) : null
  const { green, red, dim } = paints(io)
  if (options.json) printJson(io, replay ? { ...result, replay } : result)
  else if (result.ok) {
    io.stdout(`${green('✓')} ${result.rules.length} rule${result.rules.length === 1 ? '' : 's'}\n`)
    const widest = Math.max(0, ...result.rules.map(({ id }) => id.length))
    for (const rule of result.rules) io.stdout(`  ${rule.id.padEnd(widest)}  ${dim(rule.sentence)}\n`)
    if (replay) io.stdout(replayText(replay, io))
  } else {
    for (const { path: where, message, suggestion } of result.errors) {
      io.stdout(
        `${red('✗')} ${where === '' ? file : where}: ${message}${suggestion === null ? '' : dim(` — did you mean "${suggestion}"?`)}\n`,
      )
    }
  }
  return result.ok ? EXIT.ok : EXIT.no
}

/** `allowance policy diff OLD NEW`: what changes between two policies, in sentences. 1 when either is none. */
export async function policyDiffVerb(before: string, after: string, options: JsonOption, io: Io): Promise<number> {
  const [old, now] = [before, after].map((file) => {
    const { policy } = checkText(readText(file, io))
    if (policy) return policy
    throw new AllowanceError('policy-invalid', `${file} is not a valid policy`, commandLine(`policy check ${file}`))
  }) as [Policy, Policy]
  const changes = policyDiff(old, now)
  if (options.json) printJson(io, { schema: 1, same: changes.length === 0, changes })
  else io.stdout(diffText(changes, io))
  return EXIT.ok
}

/** `allowance policy keygen --kid NAME --out FILE`: a new pair. The private key goes into FILE, the public one is printed. */
export async function policyKeygen(options: JsonOption & { kid?: string; out?: string }, io: Io): Promise<number> {
  const kid = options.kid ?? new Date(systemClock()).toISOString().slice(0, 10)
  const file = path.resolve(io.cwd, options.out ?? `policy-key-${kid}.json`)
  const { publicKey, privateKey } = await generatePolicyKeys(kid)
  try {
    writeFileSync(file, `${JSON.stringify(privateKey, null, 2)}\n`, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    throw new AllowanceError(
      'usage',
      `the private key cannot be written: ${messageOf(error)}`,
      'name another file: --out FILE',
    )
  }
  printJson(io, options.json ? { schema: 1, publicKey, privateKeyFile: file } : publicKey)
  io.stderr(`allowance: the private key is in ${file}; keep it secret\n`)
  io.stderr('allowance: readers pin what was printed above, in settings.json: {"policy":{"keys":[…]}}\n')
  return EXIT.ok
}

/** `allowance policy sign FILE --key KEYFILE`: the signed policy, to be put where the policy URL points. */
export async function policySign(file: string, options: JsonOption & { key: string }, io: Io): Promise<number> {
  const text = readText(file, io)
  if (checkText(text).policy === null)
    throw new AllowanceError('policy-invalid', `${file} is not a valid policy`, commandLine(`policy check ${file}`))
  let key: PolicyKey
  try {
    key = JSON.parse(readText(options.key, io)) as PolicyKey
  } catch {
    throw new AllowanceError('usage', `${options.key} is not a key`, commandLine('policy keygen'))
  }
  try {
    const signed = await signPolicy(text, key)
    if (options.json) printJson(io, { schema: 1, signed })
    else io.stdout(`${signed}\n`)
  } catch (error) {
    throw new AllowanceError('usage', `${options.key} cannot sign: ${messageOf(error)}`, commandLine('policy keygen'))
  }
  return EXIT.ok
}

/** `policy` is null for a document that is none. */
function checkText(text: string): { check: PolicyCheck; policy: Policy | null } {
  let document: unknown
  try {
    // Trimmed as the gateway does it: a byte order mark is not a mistake.
    const payload = payloadOf(text.trim())
    document = JSON.parse(payload ? Buffer.from(payload).toString('utf8') : text.trim())
  } catch (error) {
    const errors = [{ path: '', message: `it is not JSON: ${messageOf(error)}`, suggestion: null }]
    return { check: { schema: 1, ok: false, errors, rules: [] }, policy: null }
  }
  const parsed = parsePolicy(document)
  const rules = (parsed.ok ? parsed.policy.rules : parsed.rules).map((rule) => ({
    id: rule.id,
    sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
  }))
  const check = { schema: 1 as const, ok: parsed.ok, errors: parsed.ok ? [] : parsed.errors, rules }
  return { check, policy: parsed.ok ? parsed.policy : null }
}

async function lastKnown(io: Io): Promise<{ status: PolicyStatus; rules: ShownRule[]; tiers: string[] }> {
  const { policy, status } = (await knownPolicy(io)).current()
  const inForce = await knownRulesInForce(io)
  return {
    status,
    rules: inForce.rules.map((rule) => {
      const origin = originOf(inForce, rule.id)
      return {
        id: rule.id,
        guard: rule.guard,
        sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
        source: origin === 'policy' ? 'policy' : 'own',
        origin,
        label: RULE_ORIGIN_LABELS[origin],
      }
    }),
    tiers: (policy?.tiers ?? []).map(describeTier),
  }
}

function tierLines(tiers: readonly string[]): string {
  return tiers.length === 0 ? '' : `\n${tiers.map((tier) => `  ${tier}\n`).join('')}`
}

function statusText(status: PolicyStatus, io: Io): string {
  const { bold, dim, yellow } = paints(io)
  if (status.source === null)
    return `No policy: metering only, and your own rules.\n${dim(`  ${commandLine('enroll URL')}`)}\n`
  const nowMs = systemClock()
  const when = (iso: string) => clockTime(iso, localTimeZone(), nowMs)
  const version = status.version === null ? 'No policy yet' : `Policy version ${status.version}`
  const lines = [
    `${bold(version)} ${status.state === 'none' ? '' : `(${status.state.replaceAll('-', ' ')}) `}from ${status.source}`,
  ]
  if (status.fetchedAt)
    lines.push(dim(`  read ${when(status.fetchedAt)}${status.expiresAt ? `, expires ${when(status.expiresAt)}` : ''}`))
  if (status.lastError) lines.push(yellow(`  ! ${status.lastError.message} (${when(status.lastError.at)})`))
  for (const { host, provider } of status.pendingHosts ?? [])
    lines.push(
      yellow(`  ! ${host} (${provider}) is not metered until you agree: ${commandLine()} policy trust-hosts ${host}`),
    )
  return `${lines.join('\n')}\n`
}

function ruleTable(rules: readonly ShownRule[], io: Io): string {
  const { dim } = paints(io)
  return table(
    rules,
    [
      { title: 'RULE', text: (rule) => rule.id, maxWidth: 30 },
      { title: 'SAYS', text: (rule) => rule.sentence, maxWidth: 110 },
      { title: 'FROM', text: (rule) => rule.label },
    ],
    dim,
  )
}

function readText(file: string, io: Io): string {
  const resolved = path.resolve(io.cwd, file)
  if (!existsSync(resolved)) throw new AllowanceError('not-found', `there is no file ${resolved}`)
  return readFileSync(resolved, 'utf8')
}

function isRunning(io: Io): boolean {
  try {
    findGateway(io)
    return true
  } catch {
    return false
  }
}
