import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { Settings } from '../../../../shared/rules/settings.ts'
import { parseTags } from '../../../core/attribution/values/parse-tags.ts'
import { PROVIDERS, providerForHost } from '../../../core/providers/registry.ts'
import { systemClock } from '../../../platform/system/clock.ts'
import { ensureHome, type HomePaths, resolveHome } from '../../../platform/home/paths.ts'
import { readProxyToken } from '../../../platform/home/proxy-token-file.ts'
import { readRuntimeFile } from '../../../platform/home/runtime-file.ts'
import { readSettings } from '../../../platform/home/settings-file.ts'
import { openAuthority } from '../../../proxy/intercept/authority/certificate-authority.ts'
import { authorityHosts } from '../../../proxy/intercept/authority/model-hosts.ts'
import { staysOnMachine } from '../../../proxy/intercept/tunnel/tunnel-target.ts'
import { TOKEN_TAG } from '../../../proxy/arrival/proxy-token.ts'
import type { Io } from '../../support/command.ts'
import type { Mode } from './base-urls.ts'
import { type EnvironmentChange, environmentFor } from './environment-for.ts'
import type { ProxyPlace } from './launch-urls.ts'
import { readSaved, withoutUs } from './saved-environment.ts'
import { trustFiles } from './trust-files.ts'

/** The flags that `run` and `env` share. */
export interface LaunchOptions {
  mode?: Mode
  project?: string
  session?: string
  /** `dev`, `test` or `ci`. */
  environment?: string
  /** Each `name=value`. */
  tag?: readonly string[]
  /** What the gateway's machine is called where the lines will be used: `host.docker.internal`. */
  host?: string
}

export interface Launch {
  home: string
  settings: Settings
  place: ProxyPlace
  change: EnvironmentChange
}

/**
 * Everything that a launch needs: the certificates on disk, the place of the gateway, and the change of environment.
 * It does not need a gateway that runs.
 *
 * @param child what older Nodes have to load, and which Node will run, both where known; null for a shell, where no
 *   preload is ever set and the tags are said again
 */
export async function prepareLaunch(
  options: LaunchOptions,
  io: Pick<Io, 'env' | 'cwd' | 'platform'>,
  child: { preloadPath: string | null; nodeVersion: string | null } | null,
): Promise<Launch> {
  const home = resolveHome(io.env, io.platform)
  const paths = ensureHome(home)
  const settings = readSettings({ file: paths.settings, env: io.env, cwd: io.cwd })
  await openModelAuthority(home, settings)
  const place = placeFor(options.host, placeOf(settings, paths))
  const outer = child ? (readSaved(io.env)?.tags ?? {}) : {}
  const change = environmentFor({
    ...place,
    ...trustFiles(home, io.env),
    mode: options.mode ?? 'connect',
    tags: { ...outer, ...launchTags(options) },
    env: io.env,
    platform: io.platform,
    preloadPath: child?.preloadPath ?? null,
    nodeVersion: child?.nodeVersion ?? null,
    isModelHost: (host) => providerForHost(host) !== null,
  })
  return { home, settings, place, change }
}

/** The authority for every host that is decrypted: the providers' own, and those of the settings. */
export function openModelAuthority(home: string, settings: Settings) {
  const patterns = [
    ...PROVIDERS.flatMap((provider) => provider.hosts),
    ...Object.values(settings.providers).flatMap((provider) => provider.hosts),
  ]
  return openAuthority({ home, hosts: authorityHosts(patterns).hosts, clock: systemClock })
}

/** The environment in which a gateway of ours starts: without the proxy that leads to it. */
export function gatewayEnvironment(io: Pick<Io, 'env'>, home: string): Record<string, string | undefined> {
  return { ...withoutUs(io.env), ALLOWANCE_HOME: home }
}

/** Where the gateway listens: as it says itself while it runs, else as the settings will have it. */
export function placeOf(settings: Settings, paths: Pick<HomePaths, 'runtime' | 'proxyToken'>): ProxyPlace {
  const runtime = readRuntimeFile(paths.runtime)
  const url = new URL(
    runtime?.proxy ??
      `http://${settings.listen.includes(':') ? `[${settings.listen}]` : settings.listen}:${settings.port || 4141}`,
  )
  const everywhere = ['0.0.0.0', '[::]'].includes(url.hostname)
  if (everywhere) url.hostname = '127.0.0.1'
  const before = staysOnMachine(settings.listen) ? null : readProxyToken(paths.proxyToken)
  return { proxyUrl: url.origin, proxyToken: runtime ? runtime.proxyToken || null : before }
}

/** @throws AllowanceError `usage` for another host while the gateway listens on loopback alone: nobody would reach it there */
function placeFor(host: string | undefined, place: ProxyPlace): ProxyPlace {
  if (host === undefined) return place
  if (place.proxyToken === null)
    throw new AllowanceError(
      'usage',
      `no running gateway can be reached as ${host}`,
      commandLine('serve --listen 0.0.0.0'),
    )
  const url = new URL(place.proxyUrl)
  url.hostname = host
  return { ...place, proxyUrl: url.origin }
}

/** @throws AllowanceError `usage` for a tag that would not arrive as it was written */
export function launchTags({ project, session, environment, tag = [] }: LaunchOptions): Record<string, string> {
  const named = Object.entries({ project, session, environment }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  )
  const written = tag.map((text): [string, string] => {
    const at = text.indexOf('=')
    if (at < 1) throw new AllowanceError('usage', `--tag ${text} is not name=value`, '--tag team=growth')
    return [text.slice(0, at), text.slice(at + 1)]
  })
  const tags = Object.fromEntries([...written, ...named])
  for (const [name, value] of Object.entries(tags)) {
    const { tags: read, problems } = parseTags(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    if (name.startsWith('upstream-') || name === TOKEN_TAG || read[name] !== value)
      throw new AllowanceError(
        'usage',
        `the tag ${name} cannot be used: ${problems[0] ?? 'its name is taken or its value is too long'}`,
        '--tag team=growth',
      )
  }
  return tags
}
