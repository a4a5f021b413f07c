import { commandLine } from '../../../shared/values/command-line.ts'
import { parseUrl } from '../../../shared/values/parse-url.ts'
import { environmentChecks } from './environment-checks.ts'
import type { Check, DoctorFacts } from './doctor-facts.ts'

/** A certificate authority that expires this soon is reported. */
const SOON_MS = 14 * 86_400_000

/** What is well and what is not, the ground first: a gateway that is down explains what follows. Pure. */
export function checksOf(facts: DoctorFacts): Check[] {
  return [
    homeCheck(facts),
    ...settingsChecks(facts),
    gatewayCheck(facts),
    authorityCheck(facts),
    ...policyChecks(facts),
    ...environmentChecks(facts),
    ...tripChecks(facts),
    ...useChecks(facts),
  ]
}

function homeCheck({ home, platform }: DoctorFacts): Check {
  const why = 'The ledger, the settings and the keys are kept there, readable only by you.'
  if (!home.exists)
    return { id: 'home', status: 'note', what: `${home.path} is not there yet`, why, fix: commandLine('serve') }
  if (!home.writable)
    return { id: 'home', status: 'fail', what: `${home.path} cannot be written`, why, fix: `chmod u+rwx ${home.path}` }
  if (platform !== 'win32' && home.open.length > 0) {
    const what = `others on this machine can read ${home.open.slice(0, 3).join(', ')}${home.open.length > 3 ? ' and more' : ''}`
    return { id: 'home', status: 'fail', what, why, fix: `chmod -R go-rwx ${home.path}` }
  }
  return { id: 'home', status: 'ok', what: home.path, why, fix: null }
}

function settingsChecks({ settingsTrouble }: DoctorFacts): Check[] {
  if (settingsTrouble === null) return []
  return [
    {
      id: 'settings',
      status: 'fail',
      what: settingsTrouble,
      why: 'Settings that are not understood are not used.',
      fix: 'correct settings.json in the home',
    },
  ]
}

function gatewayCheck({ gateway }: DoctorFacts): Check {
  const { runtime, healthy, proxyUrl, portTaken } = gateway
  const why = `Without a gateway nothing is metered, and what is pointed at it fails unless \`${commandLine()} run\` stands in for it.`
  if (runtime && healthy)
    return { id: 'gateway', status: 'ok', what: `version ${runtime.version} at ${runtime.proxy}`, why, fix: null }
  if (runtime)
    return {
      id: 'gateway',
      status: 'fail',
      what: `process ${runtime.pid} does not answer at ${runtime.proxy}`,
      why,
      fix: `kill ${runtime.pid}; ${commandLine()} serve`,
    }
  if (portTaken)
    return {
      id: 'gateway',
      status: 'fail',
      what: `not running, and another program answers at ${proxyUrl}`,
      why,
      fix: commandLine('serve --port 0'),
    }
  return { id: 'gateway', status: 'fail', what: 'not running', why, fix: commandLine('serve') }
}

function authorityCheck({ authorityEndsAtMs, nowMs }: DoctorFacts): Check {
  const why = 'Clients that come through CONNECT get certificates from your own authority.'
  const base = { id: 'certificates', why }
  if (authorityEndsAtMs === null)
    return { ...base, status: 'warn', what: 'no certificate authority yet', fix: commandLine('serve') }
  const day = new Date(authorityEndsAtMs).toISOString().slice(0, 10)
  if (authorityEndsAtMs <= nowMs)
    return {
      ...base,
      status: 'fail',
      what: `the certificate authority expired on ${day}`,
      fix: commandLine('ca rotate'),
    }
  if (authorityEndsAtMs - nowMs < SOON_MS)
    return {
      ...base,
      status: 'warn',
      what: `the certificate authority expires on ${day}`,
      fix: commandLine('ca rotate'),
    }
  return { ...base, status: 'ok', what: `good until ${day}`, fix: null }
}

function policyChecks({ status }: DoctorFacts): Check[] {
  if (!status) return []
  const { policy } = status
  const why = 'Caps come from the policy; without it, calls are metered and your own rules hold.'
  if (policy.source === null)
    return [
      {
        id: 'policy',
        status: 'note',
        what: 'none: metering only, and your own rules',
        why,
        fix: commandLine('enroll URL'),
      },
    ]
  const name = policy.version === null ? 'the policy' : `version ${policy.version}`
  const fix = commandLine('policy refresh')
  if (policy.state === 'expired') return [{ id: 'policy', status: 'fail', what: `${name} has expired`, why, fix }]
  if (policy.lastError)
    return [
      {
        id: 'policy',
        status: 'warn',
        what: `${policy.lastError.message}; ${policy.state === 'none' ? 'none is in force' : `${name} stays in force`}`,
        why,
        fix,
      },
    ]
  return [{ id: 'policy', status: 'ok', what: `${name} from ${policy.source}`, why, fix: null }]
}

function tripChecks({ trips }: DoctorFacts): Check[] {
  return trips.map(({ client, mode, failure }): Check => {
    const id = `trip:${client}:${mode.replaceAll(' ', '-')}`
    const why = 'A test request that reaches no provider was sent this way; the gateway itself has to answer it.'
    if (failure === null) return { id, status: 'ok', what: `${client}, ${mode}: arrives`, why, fix: null }
    return { id, status: 'fail', what: `${client}, ${mode}: ${failure}`, why, fix: fixOfTrip(client, mode) }
  })
}

function fixOfTrip(client: string, mode: string): string {
  if (mode === 'base-url')
    return `${commandLine('env --mode base-url')} shows the variables; a NO_PROXY without 127.0.0.1 sends them the wrong way`
  return client === 'node'
    ? `start it with ${commandLine()} run, which works for every Node`
    : `${commandLine('run')} sets the proxy and the certificates for it`
}

/** What went past us, or where it should not have gone. */
function useChecks({ status }: DoctorFacts): Check[] {
  if (!status) return []
  const checks: Check[] = status.unapproved.slice(0, 5).map((use) => ({
    id: `unapproved:${use.host}`,
    status: 'warn',
    what: `${use.host} was called ${use.calls === 1 ? 'once' : `${use.calls} times`}${use.lastProcess ? `, last by ${use.lastProcess}` : ''}`,
    why: 'The policy does not approve this host for models, or we cannot meter it.',
    fix: 'ask for it to be approved, or point the program at one that is',
  }))
  const gap = status.gaps.at(-1)
  if (gap) {
    const what = `not metered from ${gap.from} to ${gap.until}: ${gap.reason}`
    checks.push({ id: 'gaps', status: 'warn', what, why: 'Spend of that time is missing from every sum.', fix: null })
  }
  if (status.state === 'degraded')
    checks.push({
      id: 'state',
      status: 'fail',
      what: status.sentence,
      why: 'Reported by the gateway itself.',
      fix: null,
    })
  return checks
}

/** Two URLs that lead to the same place of this machine. */
export function samePlace(a: string, b: string): boolean {
  const [one, other] = [parseUrl(a), parseUrl(b)]
  if (!one || !other || one.port !== other.port) return false
  const name = (url: URL) => (url.hostname === 'localhost' ? '127.0.0.1' : url.hostname)
  return name(one) === name(other)
}
