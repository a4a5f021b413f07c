import { stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { RepositoryFacts } from '../../core/attribution/attributors/attributor.ts'
import { RecentMap } from '../../core/conversations/recent-map.ts'
import { nameInManifests } from './project-name.ts'
import { readStart } from '../home/read-start.ts'

const MAX_DIRECTORIES = 256
const MAX_LEVELS = 64
/** HEAD, `.git` files and `commondir` are one line. */
const MAX_LINE_BYTES = 4_096
/** A manifest or repository that appears nearer than the one known is noticed after this time. */
const KEPT_MS = 10_000

interface Kept {
  facts: RepositoryFacts | null
  /** The files that the answer stands on, with the state they had. */
  evidence: { path: string; state: string }[]
  readAtMs: number
}

interface Repository {
  root: string
  /** Where this worktree's HEAD lies. */
  gitDirectory: string
  /** The main working tree, which gives worktrees their name when no manifest does. */
  mainRoot: string
}

export interface GitFacts {
  /** Null for no place of work: the home folder, the root, the temporary folder. Never rejects. */
  repositoryOf(directory: string): Promise<RepositoryFacts | null>
}

/**
 * Project, branch and root of a directory, read from the files themselves: no git program is started. An answer is
 * kept while HEAD and the manifest stay as they were, so that a switch of branches shows at the next call.
 */
export function createGitFacts(nowMs: () => number = Date.now): GitFacts {
  const kept = new RecentMap<string, Kept>(MAX_DIRECTORIES)

  async function repositoryOf(directory: string): Promise<RepositoryFacts | null> {
    const known = kept.get(directory)
    if (known && nowMs() - known.readAtMs < KEPT_MS && (await isUnchanged(known))) return known.facts
    const readAtMs = nowMs()
    const { facts, files } = await readFacts(directory)
    // The states are taken after reading: a change in between is noticed by the next call's time limit at the latest.
    const evidence = await Promise.all(files.map(async (path) => ({ path, state: await stateOf(path) })))
    kept.set(directory, { facts, evidence, readAtMs })
    return facts
  }

  return { repositoryOf }
}

async function readFacts(directory: string): Promise<{ facts: RepositoryFacts | null; files: string[] }> {
  const repository = await findRepository(directory)
  if (repository === null && isNoProject(directory)) return { facts: null, files: [] }
  const top = repository?.root ?? outermostProject(directory)
  const manifest = await nameInManifests(directory, top)
  const root = repository?.root ?? (manifest ? dirname(manifest.file) : directory)
  const project = manifest?.name ?? basename(repository?.mainRoot ?? directory)
  const head = repository ? join(repository.gitDirectory, 'HEAD') : null
  const branch = head ? branchOf((await readLine(head)) ?? '') : null
  return { facts: { project, branch, root }, files: [head, manifest?.file ?? null].filter((path) => path !== null) }
}

/** `ref: refs/heads/feat/x` → feat/x; a detached HEAD → its short hash; anything else (reftables) is not known. */
export function branchOf(head: string): string | null {
  const branch = /^ref:\s*refs\/heads\/(.+)$/.exec(head)?.[1]
  if (branch !== undefined) return branch === '.invalid' ? null : branch
  return /^([0-9a-f]{7})[0-9a-f]{33,57}$/.exec(head)?.[1] ?? null
}

async function findRepository(directory: string): Promise<Repository | null> {
  let folder = directory
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const found = await repositoryAt(folder)
    if (found) return found
    const above = dirname(folder)
    if (above === folder) return null
    folder = above
  }
  return null
}

async function repositoryAt(root: string): Promise<Repository | null> {
  const path = join(root, '.git')
  const entry = await stat(path).catch(() => null)
  if (entry?.isDirectory()) {
    const isRepository = (await readLine(join(path, 'HEAD'))) !== null
    return isRepository ? { root, gitDirectory: path, mainRoot: root } : null
  }
  if (!entry?.isFile()) return null
  // A worktree or a submodule: one line says where its own HEAD lies.
  const target = /^gitdir:\s*(.+)$/.exec((await readLine(path)) ?? '')?.[1]
  if (target === undefined) return null
  const gitDirectory = resolve(root, target)
  const common = await readLine(join(gitDirectory, 'commondir'))
  const commonDirectory = common === null ? null : resolve(gitDirectory, common)
  // A worktree of a bare repository (`web.git`) is called after it too.
  const mainRoot = commonDirectory === null ? root : commonDirectory.replace(/[\\/]\.git$|\.git$/, '')
  return { root, gitDirectory, mainRoot }
}

function isNoProject(directory: string): boolean {
  return (
    directory === dirname(directory) || [homedir(), tmpdir(), '/tmp', '/private/tmp', '/var/tmp'].includes(directory)
  )
}

/** Without a repository manifests count up to the home folder, not in it. */
function outermostProject(directory: string): string {
  let folder = directory
  while (!isNoProject(dirname(folder))) folder = dirname(folder)
  return folder
}

async function readLine(path: string): Promise<string | null> {
  const bytes = await readStart(path, MAX_LINE_BYTES)
  return bytes === null ? null : (bytes.toString('utf8').split('\n')[0] ?? '').trim()
}

async function isUnchanged({ evidence }: Kept): Promise<boolean> {
  const states = await Promise.all(evidence.map(({ path }) => stateOf(path)))
  return evidence.every(({ state }, index) => state === states[index])
}

async function stateOf(path: string): Promise<string> {
  const found = await stat(path).catch(() => null)
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : 'none'
}
