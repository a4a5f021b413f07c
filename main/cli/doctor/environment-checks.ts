import { commandLine } from '../../../shared/values/command-line.ts'
import { parseUrl } from '../../../shared/values/parse-url.ts'
import { bypasses } from '../../proxy/intercept/upstream/upstream-proxy.ts'
import { needsPreload } from '../environment/variables/node-options.ts'
import { readSaved } from '../environment/variables/saved-environment.ts'
import {
  ALL_PROXY_NAMES,
  BASE_URL_VARIABLES,
  HTTPS_PROXY_NAMES,
  NO_PROXY_NAMES,
} from '../environment/variables/variables.ts'
import type { Check, DoctorFacts } from './doctor-facts.ts'

const MODEL_HOSTS = ['api.openai.com', 'api.anthropic.com', 'generativelanguage.googleapis.com']
/** A new terminal is the one that certainly has none of it. */
const afresh = () => `eval "$(${commandLine('off')})"; eval "$(${commandLine('env')})"`

/** What this terminal's variables lead to. Pure. */
export function environmentChecks(facts: DoctorFacts): Check[] {
  const found = [
    ...staleChecks(facts),
    ...clashChecks(facts),
    ...noProxyChecks(facts),
    ...baseUrlChecks(facts),
    ...trustChecks(facts),
    ...nodeChecks(facts),
  ]
  const fine = found.every(({ status }) => status === 'ok' || status === 'note')
  return [...(fine ? [terminalCheck(facts)] : []), ...found]
}

function terminalCheck({ env }: DoctorFacts): Check {
  const why = 'Programs started here inherit the variables that lead to the gateway.'
  if (readSaved(env))
    return { id: 'terminal', status: 'ok', what: 'this terminal is pointed at the gateway', why, fix: null }
  return {
    id: 'terminal',
    status: 'note',
    what: `this terminal is not pointed at the gateway; \`${commandLine()} run -- CMD\` does it for one command`,
    why,
    fix: `eval "$(${commandLine()} env)"`,
  }
}

function staleChecks({ places }: DoctorFacts): Check[] {
  const dead = places.filter(({ answers }) => answers === 'nobody')
  const why = 'Every program that honors the variable fails, whatever it calls.'
  return byUrl(dead).map(([url, names]) => ({
    id: `stale:${names[0]}`,
    status: 'fail',
    what: `${names.join(', ')}: nothing listens at ${url}`,
    why,
    fix: `eval "$(${commandLine()} off)", or open a new terminal`,
  }))
}

function clashChecks({ env, places }: DoctorFacts): Check[] {
  const checks: Check[] = []
  const [upper = '', lower = ''] = HTTPS_PROXY_NAMES.map((name) => env[name]?.trim() ?? '')
  if (upper !== '' && lower !== '' && upper !== lower) {
    const why = 'Some programs read one spelling and some the other, so part of the traffic bypasses the gateway.'
    checks.push({
      id: 'clash:spelling',
      status: 'fail',
      what: `HTTPS_PROXY and https_proxy differ (${bare(upper)} and ${bare(lower)})`,
      why,
      fix: afresh(),
    })
  }
  const others = places.filter(({ name, answers }) => HTTPS_PROXY_NAMES.includes(name) && answers === 'other')
  if (readSaved(env) && others.length > 0) {
    const what = `another proxy replaced the gateway after \`${commandLine()} env\`: ${bare(others[0]?.url ?? '')}`
    checks.push({
      id: 'clash:proxy',
      status: 'fail',
      what,
      why: 'The last value set wins, and it does not lead to the gateway.',
      fix: afresh(),
    })
  }
  const all = ALL_PROXY_NAMES.map((name) => env[name]).find(Boolean)
  if (all && upper === '' && lower === '') {
    const why = 'Many programs read only HTTPS_PROXY and connect directly.'
    checks.push({
      id: 'clash:all-proxy',
      status: 'warn',
      what: `only ALL_PROXY is set (${bare(all)})`,
      why,
      fix: `eval "$(${commandLine()} env)"`,
    })
  }
  return checks
}

function noProxyChecks({ env }: DoctorFacts): Check[] {
  if (!readSaved(env)) return []
  const noProxy = NO_PROXY_NAMES.map((name) => env[name]).find(Boolean) ?? ''
  const away = MODEL_HOSTS.filter((host) => bypasses(noProxy, { host, port: 443 }))
  if (away.length === 0) return []
  return [
    {
      id: 'no-proxy',
      status: 'fail',
      what: `NO_PROXY keeps ${away.join(', ')} away from the gateway`,
      why: 'Calls to these hosts connect directly and are not metered.',
      fix: 'take them out of NO_PROXY',
    },
  ]
}

/** A base URL that comes to us without saying which provider is meant is answered with 404. */
function baseUrlChecks({ env, places }: DoctorFacts): Check[] {
  return places
    .filter(
      ({ name, answers }) => answers === 'gateway' && BASE_URL_VARIABLES.some((variable) => variable.name === name),
    )
    .flatMap(({ name }) => {
      const variable = BASE_URL_VARIABLES.find((one) => one.name === name)
      const url = parseUrl(env[name] ?? '')
      if (!variable || !url || url.pathname.split('/').includes(variable.provider)) return []
      const right = `${url.origin}/${variable.provider}${variable.suffix}`
      return [
        {
          id: `base-url:${name}`,
          status: 'fail' as const,
          what: `${name} does not say which provider is meant`,
          why: 'On our port the first part of the path is the provider.',
          fix: `export ${name}=${right}`,
        },
      ]
    })
}

function trustChecks({ env, trust }: DoctorFacts): Check[] {
  const checks: Check[] = []
  const missing = trust.filter(({ exists }) => !exists)
  for (const [path, names] of grouped(missing.map(({ name, path }) => [path, name] as const))) {
    const why = 'Programs pointed at a missing certificate file trust no server, or only those on their built-in list.'
    checks.push({
      id: `trust:${names[0]}`,
      status: 'fail',
      what: `${names.join(', ')}: ${path} is not there`,
      why,
      fix: afresh(),
    })
  }
  const replaced = readSaved(env) ? trust.filter(({ exists, trustsUs }) => exists && !trustsUs) : []
  for (const [path, names] of grouped(replaced.map(({ name, path }) => [path, name] as const))) {
    const why = `It was set after \`${commandLine()} env\`: these programs refuse our certificates, and their calls fail or pass unmetered.`
    checks.push({
      id: `trust:${names[0]}`,
      status: 'fail',
      what: `${names.join(', ')}: ${path} does not hold our certificate`,
      why,
      fix: `${afresh()} (what was set before is merged in)`,
    })
  }
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    checks.push({
      id: 'trust:off',
      status: 'warn',
      what: 'NODE_TLS_REJECT_UNAUTHORIZED=0 switches certificate checks off',
      why: 'Nothing checks which server receives your keys, with or without Allowance.',
      fix: 'unset NODE_TLS_REJECT_UNAUTHORIZED',
    })
  return checks
}

function nodeChecks({ env, node }: DoctorFacts): Check[] {
  if (!node) return []
  const why = `Node honors proxy variables from 22.21 on (not in 23). Below it \`${commandLine()} run\` loads a few lines into its child; a terminal set by \`env\` alone cannot.`
  if (node.version === null || !needsPreload(node.version))
    return [
      {
        id: 'node',
        status: 'ok',
        what: `Node ${node.version ?? ''} honors the proxy variables`.replace('  ', ' '),
        why,
        fix: null,
      },
    ]
  const status = readSaved(env) && !env['NODE_OPTIONS']?.includes('--require') ? 'warn' : 'note'
  return [
    {
      id: 'node',
      status,
      what: `Node ${node.version} takes no proxy from the environment: its calls pass unmetered unless started with run`,
      why,
      fix: `${commandLine('run -- CMD')}, or Node 22.21 or newer`,
    },
  ]
}

function byUrl(places: readonly { name: string; url: string }[]): [string, string[]][] {
  return grouped(places.map(({ name, url }) => [bare(url), name] as const))
}

function grouped(pairs: readonly (readonly [string, string])[]): [string, string[]][] {
  const groups = new Map<string, string[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return [...groups]
}

/** Without a user name: it holds tags, and elsewhere passwords. */
function bare(url: string): string {
  const parsed = parseUrl(url)
  return parsed ? parsed.origin : url.replace(/\/\/[^@/]*@/, '//')
}
