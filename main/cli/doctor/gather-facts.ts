import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { get } from 'node:http'
import path from 'node:path'
import type { Status } from '../../../shared/contract/contract.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import { parseUrl } from '../../../shared/values/parse-url.ts'
import { type Settings, settingsSchema } from '../../../shared/rules/settings.ts'
import { homePaths, resolveHome } from '../../platform/home/paths.ts'
import { readRuntimeFile } from '../../platform/home/runtime-file.ts'
import { readSettings } from '../../platform/home/settings-file.ts'
import { authorityFolder, readAuthorities } from '../../proxy/intercept/authority/authority-store.ts'
import { isLoopback } from '../../proxy/intercept/tunnel/tunnel-target.ts'
import type { Io } from '../support/command.ts'
import { builtFile } from '../environment/child/built-file.ts'
import { healthy } from '../environment/gateway/ensure-gateway.ts'
import { placeOf, prepareLaunch } from '../environment/variables/launch.ts'
import {
  ADDING_CA_NAMES,
  ALL_PROXY_NAMES,
  BASE_URL_VARIABLES,
  HTTP_PROXY_NAMES,
  HTTPS_PROXY_NAMES,
  REPLACING_CA_NAMES,
} from '../environment/variables/variables.ts'
import { askGateway } from '../support/find-gateway.ts'
import { samePlace } from './checks.ts'
import { findClients } from './clients.ts'
import type { DoctorFacts, HomeFacts, Place, TrustFile, Trip } from './doctor-facts.ts'
import { clientTrips, ownTrips } from './round-trips.ts'

/** Looks at everything once, and goes every way through the gateway. Changes nothing; makes no home where none is. */
export async function gatherFacts(io: Io): Promise<DoctorFacts> {
  const home = resolveHome(io.env, io.platform)
  const paths = homePaths(home)
  const { settings, trouble } = settingsOf(paths.settings, io)
  const runtime = readRuntimeFile(paths.runtime)
  const isHealthy = (await healthy(runtime)) !== null
  const { proxyUrl } = placeOf(settings, paths)
  const findProgram = (program: string) => onPath(program, io)
  const node = findProgram('node')
  const nodeVersion = node === null ? null : await versionOf(node, io)
  return {
    nowMs: Date.now(),
    platform: io.platform,
    env: io.env,
    home: homeFacts(home),
    settingsTrouble: trouble,
    gateway: {
      runtime,
      healthy: isHealthy,
      proxyUrl,
      portTaken: !isHealthy && (await answerOf(proxyUrl)) !== 'nobody',
    },
    status: isHealthy ? await askStatus(io) : null,
    authorityEndsAtMs: readAuthorities(home).reduce<number | null>(
      (latest, { expiresAtMs }) => Math.max(latest ?? 0, expiresAtMs),
      null,
    ),
    places: await placesOf(io, proxyUrl),
    trust: trustOf(io, home),
    node: node === null ? null : { path: node, version: nodeVersion },
    trips: isHealthy ? await allTrips(io, nodeVersion, findProgram) : [],
    clients: findClients(findProgram, proxyUrl),
  }
}

function settingsOf(file: string, io: Io): { settings: Settings; trouble: string | null } {
  try {
    return { settings: readSettings({ file, env: io.env, cwd: io.cwd }), trouble: null }
  } catch (error) {
    return { settings: settingsSchema.parse({}), trouble: messageOf(error) }
  }
}

function homeFacts(home: string): HomeFacts {
  if (!existsSync(home)) return { path: home, exists: false, writable: false, open: [] }
  let writable = true
  try {
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    writable = false
  }
  // Nobody reaches what lies in a folder that is closed to others; where it is open, each file counts.
  const isOpen = (file: string) => (statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o077
  const inside = isOpen(home) ? [home, authorityFolder(home)].flatMap((folder) => filesIn(folder)) : []
  return { path: home, exists: true, writable, open: [home, ...inside].filter(isOpen) }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name))
  } catch {
    return []
  }
}

async function askStatus(io: Io): Promise<Status | null> {
  try {
    return await askGateway(io, (client) => client.status.query())
  } catch {
    return null
  }
}

/** Every proxy and base URL that is set, and who answers there; places elsewhere are not asked. */
async function placesOf(io: Io, proxyUrl: string): Promise<Place[]> {
  const names = [
    ...HTTPS_PROXY_NAMES,
    ...HTTP_PROXY_NAMES,
    ...ALL_PROXY_NAMES,
    ...BASE_URL_VARIABLES.map(({ name }) => name),
  ]
  const set = names.flatMap((name) => {
    const value = io.env[name]?.trim()
    const url = value ? parseUrl(value.includes('://') ? value : `http://${value}`) : null
    return url ? [{ name, url }] : []
  })
  return Promise.all(
    set.map(async ({ name, url }): Promise<Place> => {
      const answer = isLoopback(url.hostname) ? await answerOf(url.origin) : 'other'
      return {
        name,
        url: url.href,
        answers: answer === 'gateway' && !samePlace(url.origin, proxyUrl) ? 'other' : answer,
      }
    }),
  )
}

function answerOf(origin: string): Promise<Place['answers']> {
  return new Promise((resolve) => {
    if (!origin.startsWith('http:')) return resolve('other')
    const request = get(`${origin}/health`, { agent: false, timeout: 2_000 }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => resolve(response.statusCode === 200 && text.includes('"ok":true') ? 'gateway' : 'other'))
    })
    request.once('timeout', () => request.destroy())
    request.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'nobody' : 'other'))
  })
}

function trustOf(io: Io, home: string): TrustFile[] {
  const ours = new Set(readAuthorities(home).map(({ rootPem }) => bodyOf(rootPem)))
  return [...ADDING_CA_NAMES, ...REPLACING_CA_NAMES].flatMap((name): TrustFile[] => {
    const file = io.env[name]
    if (!file) return []
    const text = readText(file)
    const certificates = text?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    return [
      {
        name,
        path: file,
        exists: text !== null,
        trustsUs: certificates.some((certificate) => ours.has(bodyOf(certificate))),
      },
    ]
  })
}

function bodyOf(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, '')
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}

async function allTrips(io: Io, nodeVersion: string | null, find: (program: string) => string | null): Promise<Trip[]> {
  const child = { preloadPath: builtFile('child-preload.cjs'), nodeVersion }
  const { change } = await prepareLaunch({ mode: 'both', tag: [] }, io, child)
  const env: Record<string, string | undefined> = { ...io.env, ...change.set }
  for (const name of change.unset) delete env[name]
  const place = {
    env,
    proxyUrl: env['HTTPS_PROXY'] ?? '',
    baseUrl: env['OPENAI_BASE_URL'] ?? '',
    caPath: env['NODE_EXTRA_CA_CERTS'] ?? '',
  }
  return [...(await ownTrips(place)), ...(await clientTrips(place, (program) => find(program) !== null))]
}

function onPath(program: string, { env, platform }: Io): string | null {
  const windows = platform === 'win32'
  const names = windows ? ['.exe', '.cmd', '.bat'].map((extension) => program + extension) : [program]
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter).filter(Boolean)) {
    const found = names.map((name) => path.join(folder, name)).find((file) => isProgram(file, windows))
    if (found) return found
  }
  return null
}

function isProgram(file: string, windows: boolean): boolean {
  try {
    accessSync(file, windows ? constants.F_OK : constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}

function versionOf(node: string, io: Io): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      node,
      ['--version'],
      { env: { ...io.env, NODE_OPTIONS: '' } as NodeJS.ProcessEnv, timeout: 5_000 },
      (error, stdout) => resolve(error ? null : stdout.trim().replace(/^v/, '')),
    )
  })
}
