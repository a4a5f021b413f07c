import { commandLine } from '../../../../shared/values/command-line.ts'
import { X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import type { Clock } from '../../../platform/system/clock.ts'
import {
  addAuthority,
  authorityStamp,
  publishFile,
  readAuthorities,
  removeAuthority,
  rootsPath,
  type StoredAuthority,
} from './authority-store.ts'
import { isAddress, normalHost, permits, permittedName } from './name-constraints.ts'
import { refreshBundles } from './trust-bundle.ts'
import type { Leaf } from './x509.ts'

const DAY_MS = 86_400_000
/** Long enough that nobody's container image goes stale in a release cycle, short enough that a lost key ends. */
const AUTHORITY_LIFETIME_MS = 730 * DAY_MS
/** A successor stands in the bundle this long before the old one ends, so that every shell has read it by then. */
const RENEW_BEFORE_MS = 90 * DAY_MS
/** With a day for slow clocks before it: well under the 45 days a leaf may live. */
const LEAF_LIFETIME_MS = 30 * DAY_MS
/** A cached leaf is replaced while connections that use it still have days left. */
const LEAF_RENEW_BEFORE_MS = 7 * DAY_MS
/** An authority this close to its end signs nothing more if another can: its leaves could not live long enough to be kept. */
const LAST_USE_MS = 14 * DAY_MS
/** Hosts whose leaves are kept: far more than there are model hosts, 2 kB each. */
const MAX_CACHED_LEAVES = 512
const MAX_CREATE_ATTEMPTS = 8

export interface AuthorityOptions {
  home: string
  /** Hosts that may be decrypted; a star may stand for the first label. Addresses are left out: they never can be. */
  hosts: readonly string[]
  clock: Clock
}

/** One generation as people see it. */
export interface AuthorityInfo {
  number: number
  hosts: string[]
  createdAtMs: number
  expiresAtMs: number
  /** SHA-256 of the root, in the form that other programs print: `AB:CD:…`. */
  rootFingerprint: string
}

export interface CertificateAuthority {
  /** Whether a leaf for this host would be accepted: some living generation permits it. */
  covers(host: string): boolean
  /** @throws AllowanceError `not-allowed` when no generation permits the host */
  leafFor(host: string): Promise<Leaf>
  secureContextFor(host: string): Promise<SecureContext>
  /** All our roots as PEM. */
  bundle(): string
  /** Where `bundle()` lies as a file, for variables that take one. */
  bundlePath: string
  /** Makes a generation for the hosts that none permits yet; the others keep theirs. @returns whether one was needed */
  extend(hosts: readonly string[]): Promise<boolean>
  /** A new generation for everything; the old ones and their keys are deleted. Running clients must read the bundle again. */
  rotate(): Promise<void>
  show(): AuthorityInfo[]
}

interface CachedLeaf extends Leaf {
  context: SecureContext
}

/**
 * Opens the certificate authority of a home, and makes it at the first time. Any number of processes may have it open:
 * what one of them adds or deletes, the others see at their next connection.
 *
 * @throws AllowanceError `settings-invalid` for a host that is too wide
 */
export async function openAuthority(options: AuthorityOptions): Promise<CertificateAuthority> {
  const { home, clock } = options
  const leaves = new Map<string, Promise<CachedLeaf>>()
  let hosts = namesOf(options.hosts)
  let generations: Generation[] = []
  let stamp = -1

  function reloadIfChanged(): void {
    const current = authorityStamp(home)
    if (current === stamp) return
    stamp = current
    generations = readAuthorities(home).map((stored) => ({ ...stored, permitted: new Set(stored.names) }))
    leaves.clear()
  }

  /** Generations that have not ended, oldest first. */
  function living(marginMs = 0): Generation[] {
    reloadIfChanged()
    return generations.filter((generation) => generation.expiresAtMs - clock() > marginMs)
  }

  function missing(): string[] {
    const lasting = living(RENEW_BEFORE_MS)
    return hosts.filter((host) => !lasting.some((generation) => permits(generation.permitted, host)))
  }

  async function create(names: readonly string[]): Promise<boolean> {
    const number = (generations.at(-1)?.number ?? 0) + 1
    const createdAtMs = clock()
    const { createIssuer } = await certificates()
    const issuer = await createIssuer(names, createdAtMs, AUTHORITY_LIFETIME_MS)
    const added = addAuthority(home, { number, names: [...names], createdAtMs, ...issuer })
    stamp = -1
    return added
  }

  /** Makes what is missing; when another process is doing the same, takes over what that one made. */
  async function complete(): Promise<boolean> {
    let changed = false
    for (let attempt = 0; attempt < MAX_CREATE_ATTEMPTS; attempt++) {
      const names = missing()
      if (names.length === 0) break
      changed = true
      await create(names)
    }
    for (const generation of generations)
      if (generation.expiresAtMs <= clock()) removeAuthority(home, generation.number)
    publishRoots()
    return changed
  }

  function bundle(): string {
    return living()
      .map((generation) => generation.rootPem)
      .join('')
  }

  function publishRoots(): void {
    publishFile(rootsPath(home), bundle())
    refreshBundles(home)
  }

  /** The oldest that can still sign: clients that were started before the newest came know only the older root. */
  function signerFor(host: string): Generation {
    const able = (generation: Generation) => permits(generation.permitted, host)
    const signer = living(LAST_USE_MS).find(able) ?? living().find(able)
    if (signer) return signer
    throw new AllowanceError(
      'not-allowed',
      `our certificate authority does not permit ${host}`,
      commandLine('ca rotate'),
    )
  }

  async function issue(host: string): Promise<CachedLeaf> {
    // A gateway may run for longer than an authority has left.
    if (missing().length > 0) await complete()
    const { issueLeaf } = await certificates()
    const leaf = await issueLeaf(signerFor(host), host, clock(), LEAF_LIFETIME_MS)
    return { ...leaf, context: createSecureContext({ key: leaf.keyPem, cert: leaf.chainPem, minVersion: 'TLSv1.2' }) }
  }

  async function cachedLeaf(rawHost: string): Promise<CachedLeaf> {
    reloadIfChanged()
    const host = normalHost(rawHost)
    const found = leaves.get(host)
    const leaf = found && (await found)
    if (found && leaf && leaf.expiresAtMs - clock() > LEAF_RENEW_BEFORE_MS) {
      // Back to the end of the line: a Map keeps the order of insertion, so the first is the least lately used.
      leaves.delete(host)
      leaves.set(host, found)
      return leaf
    }
    const issued = issue(host)
    leaves.set(host, issued)
    issued.catch(() => leaves.delete(host))
    for (const oldest of leaves.keys()) if (leaves.size > MAX_CACHED_LEAVES) leaves.delete(oldest)
    return issued
  }

  await complete()

  return {
    bundle,
    bundlePath: rootsPath(home),
    covers: (host) =>
      !isAddress(normalHost(host)) && living().some((generation) => permits(generation.permitted, host)),
    leafFor: cachedLeaf,
    secureContextFor: async (host) => (await cachedLeaf(host)).context,
    async extend(added) {
      hosts = [...new Set([...hosts, ...namesOf(added)])]
      return complete()
    },
    async rotate() {
      reloadIfChanged()
      const old = generations.map((generation) => generation.number)
      const names = [...new Set([...hosts, ...generations.flatMap((generation) => generation.names)])]
      if (!(await create(names)))
        throw new AllowanceError('internal', 'another process changed the authority', commandLine('ca rotate'))
      for (const number of old) removeAuthority(home, number)
      leaves.clear()
      stamp = -1
      publishRoots()
    },
    show: () => living().map(infoOf),
  }
}

/** What makes certificates is a tenth of the program, and needed when one is made: not for a start with an authority that lasts. */
const certificates = () => import('./x509.ts')

/** With its names as a set: a start holds hundreds of hosts against hundreds of names. */
type Generation = StoredAuthority & { permitted: ReadonlySet<string> }

function namesOf(hosts: readonly string[]): string[] {
  const names = new Set(hosts.map(permittedName).filter((name) => name !== null))
  // A name below another is covered by it; without it the extension stays small.
  const isCovered = (name: string) => name.includes('.') && permits(names, name.slice(name.indexOf('.') + 1))
  return [...names].filter((name) => !isCovered(name))
}

function infoOf(generation: StoredAuthority): AuthorityInfo {
  return {
    number: generation.number,
    hosts: generation.names,
    createdAtMs: generation.createdAtMs,
    expiresAtMs: generation.expiresAtMs,
    rootFingerprint: new X509Certificate(generation.rootPem).fingerprint256,
  }
}
