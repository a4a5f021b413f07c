import { commandLine } from '../../../shared/command-line.ts'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { PolicyCheck, PolicyStatus } from '../../../shared/contract.ts'
import { AllowanceError, messageOf } from '../../../shared/errors.ts'
import type { RuleOrigin } from '../../../shared/own-rules.ts'
import { guardNamed } from '../../core/policy/guards/registry.ts'
import { parsePolicy } from '../../core/policy/parse-policy.ts'
import { describeTier } from '../../core/policy/tier-verdict.ts'
import { localTimeZone, systemClock } from '../../platform/clock.ts'
import { generatePolicyKeys, payloadOf, type PolicyKey, signPolicy } from '../../policy-source/signature.ts'
import { readOwnRulesView } from '../change-own-rules.ts'
import { EXIT, type Io } from '../command.ts'
import { askGateway, findGateway } from '../find-gateway.ts'
import { clockTime, paints, printJson, table } from '../output.ts'
import { knownPolicy } from '../read-ledger.ts'

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

/** `allowance policy check FILE`: whether it is a policy, and what each of its rules says. 1 when it is none. */
export async function policyCheck(file: string, options: JsonOption, io: Io): Promise<number> {
  const result = checkText(readText(file, io))
  const { green, red, dim } = paints(io)
  if (options.json) printJson(io, result)
  else if (result.ok) {
    io.stdout(`${green('✓')} ${result.rules.length} rule${result.rules.length === 1 ? '' : 's'}\n`)
    const widest = Math.max(0, ...result.rules.map(({ id }) => id.length))
    for (const rule of result.rules) io.stdout(`  ${rule.id.padEnd(widest)}  ${dim(rule.sentence)}\n`)
  } else {
    for (const { path: where, message, suggestion } of result.errors) {
      io.stdout(
        `${red('✗')} ${where === '' ? file : where}: ${message}${suggestion === null ? '' : dim(` — did you mean "${suggestion}"?`)}\n`,
      )
    }
  }
  return result.ok ? EXIT.ok : EXIT.no
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
  const result = checkText(text)
  if (!result.ok)
    throw new AllowanceError('policy-invalid', `${file} is no valid policy`, commandLine(`policy check ${file}`))
  let key: PolicyKey
  try {
    key = JSON.parse(readText(options.key, io)) as PolicyKey
  } catch {
    throw new AllowanceError('usage', `${options.key} is no key`, commandLine('policy keygen'))
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

function checkText(text: string): PolicyCheck {
  let document: unknown
  try {
    // Trimmed as the gateway does it: a byte order mark is no mistake.
    const payload = payloadOf(text.trim())
    document = JSON.parse(payload ? Buffer.from(payload).toString('utf8') : text.trim())
  } catch (error) {
    return {
      schema: 1,
      ok: false,
      errors: [{ path: '', message: `no JSON: ${messageOf(error)}`, suggestion: null }],
      rules: [],
    }
  }
  const parsed = parsePolicy(document)
  const rules = (parsed.ok ? parsed.policy.rules : parsed.rules).map((rule) => ({
    id: rule.id,
    sentence: guardNamed(rule.guard)?.describe(rule) ?? '',
  }))
  return { schema: 1, ok: parsed.ok, errors: parsed.ok ? [] : parsed.errors, rules }
}

async function lastKnown(io: Io): Promise<{ status: PolicyStatus; rules: ShownRule[]; tiers: string[] }> {
  const { policy, status } = (await knownPolicy(io)).current()
  const { rules } = await readOwnRulesView(io)
  return {
    status,
    rules: rules.map(({ id, guard, sentence, origin, label }) => ({
      id,
      guard,
      sentence,
      source: origin === 'policy' ? 'policy' : 'own',
      origin,
      label,
    })),
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
