import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { branchOf, createGitFacts } from '../../../main/platform/identity/git-facts.ts'

let root: string
let web: string
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'allowance-git-')))
  web = join(root, 'web')
  mkdirSync(web)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function git(cwd: string, ...args: string[]): string {
  const identity = [
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@b',
    '-c',
    'init.defaultBranch=main',
    '-c',
    'protocol.file.allow=always',
  ]
  return execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: root },
  }).trim()
}

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
}

function repository(): void {
  git(web, 'init', '-q')
  git(web, 'commit', '-q', '--allow-empty', '-m', 'first')
}

test('a repository: root, branch and the directory as name; a switch shows at once', async () => {
  repository()
  const { repositoryOf } = createGitFacts()
  mkdirSync(join(web, 'src'))
  expect(await repositoryOf(join(web, 'src'))).toEqual({ project: 'web', branch: 'main', root: web })
  git(web, 'switch', '-q', '-c', 'feat/x')
  expect(await repositoryOf(join(web, 'src'))).toEqual({ project: 'web', branch: 'feat/x', root: web })
  const hash = git(web, 'rev-parse', 'HEAD')
  git(web, 'switch', '-q', '--detach')
  expect((await repositoryOf(web))?.branch).toBe(hash.slice(0, 7))
})

test('a branch without a commit yet', async () => {
  git(web, 'init', '-q', '-b', 'trunk')
  expect((await createGitFacts().repositoryOf(web))?.branch).toBe('trunk')
})

test('worktrees have their own branch and the name of their repository', async () => {
  repository()
  const tree = join(root, 'elsewhere', 'tree')
  git(web, 'worktree', 'add', '-q', '-b', 'fix/y', tree)
  const { repositoryOf } = createGitFacts()
  expect(await repositoryOf(tree)).toEqual({ project: 'web', branch: 'fix/y', root: tree })
  expect(await repositoryOf(web)).toEqual({ project: 'web', branch: 'main', root: web })
})

test('a worktree of a bare repository, and a submodule', async () => {
  repository()
  git(root, 'clone', '-q', '--bare', web, join(root, 'api.git'))
  git(join(root, 'api.git'), 'worktree', 'add', '-q', '-b', 'z', join(root, 'tree'))
  const { repositoryOf } = createGitFacts()
  expect(await repositoryOf(join(root, 'tree'))).toEqual({ project: 'api', branch: 'z', root: join(root, 'tree') })
  git(web, 'submodule', 'add', '-q', join(root, 'api.git'), 'libs/part')
  expect(await repositoryOf(join(web, 'libs', 'part'))).toEqual({
    project: 'part',
    branch: 'main',
    root: join(web, 'libs', 'part'),
  })
})

test('the nearest manifest with a name, up to the root and not beyond', async () => {
  repository()
  write(join(root, 'package.json'), '{"name":"outside"}')
  write(join(web, 'package.json'), '{"name":"@acme/web"}')
  write(join(web, 'api', 'pyproject.toml'), '[build-system]\nname = "no"\n[project]\nname = "api" # here\n')
  write(join(web, 'old', 'pyproject.toml'), "[tool.poetry]\nname='old-api'\n")
  write(join(web, 'fast', 'Cargo.toml'), '[workspace]\n[package]\nname = "fast"\n')
  write(join(web, 'go', 'go.mod'), 'module example.org/team/walker/v2\n\ngo 1.24\n')
  write(join(web, 'broken', 'package.json'), '{"name":')
  const { repositoryOf } = createGitFacts()
  const names = await Promise.all(
    ['.', 'api', 'old', 'fast', 'go', 'broken', 'not-there'].map(
      async (path) => (await repositoryOf(join(web, path)))?.project,
    ),
  )
  expect(names).toEqual(['@acme/web', 'api', 'old-api', 'fast', 'walker', '@acme/web', '@acme/web'])
})

test('a renamed project shows at the next call, a nearer manifest after a while', async () => {
  repository()
  let nowMs = 0
  const { repositoryOf } = createGitFacts(() => nowMs)
  write(join(web, 'package.json'), '{"name":"one"}')
  expect((await repositoryOf(web))?.project).toBe('one')
  write(join(web, 'package.json'), '{"name":"other"}')
  expect((await repositoryOf(web))?.project).toBe('other')
  const src = join(web, 'src')
  mkdirSync(src)
  expect((await repositoryOf(src))?.project).toBe('other')
  write(join(src, 'package.json'), '{"name":"src"}')
  nowMs = 60_000
  expect((await repositoryOf(src))?.project).toBe('src')
})

test('outside of repositories: the manifest or the directory; no project in the folders that are none', async () => {
  const { repositoryOf } = createGitFacts()
  expect(await repositoryOf(web)).toEqual({ project: 'web', branch: null, root: web })
  write(join(web, 'package.json'), '{"name":"site"}')
  mkdirSync(join(web, 'src'))
  expect(await repositoryOf(join(web, 'src'))).toEqual({ project: 'site', branch: null, root: web })
  expect(await repositoryOf('/')).toBeNull()
  expect(await repositoryOf(tmpdir())).toBeNull()
})

test('heads that say nothing', () => {
  expect(branchOf('ref: refs/heads/.invalid')).toBeNull()
  expect(branchOf('')).toBeNull()
  expect(branchOf('ref: refs/remotes/origin/x')).toBeNull()
  expect(branchOf('a'.repeat(64))).toBe('aaaaaaa')
})
