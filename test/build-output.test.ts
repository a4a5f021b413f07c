import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

/** Loaded only if somebody installed them: `ws` asks for its native helpers in a try block. */
const OPTIONAL = ['bufferutil', 'utf-8-validate']
/** The one package that stays outside, because it finds its native binary beside its own package.json. */
const BESIDE = ['@photostructure/sqlite']

/** Built files that run on plain Node: everything in out/ that is neither the desktop nor the page. */
function headlessFiles(folder = 'out'): string[] {
  return readdirSync(folder)
    .map((name) => path.posix.join(folder, name))
    .filter((file) => !/^out\/(desktop|renderer|\.)/.test(file))
    .flatMap((file) => (statSync(file).isDirectory() ? headlessFiles(file) : file.endsWith('.cjs') ? [file] : []))
}

function requiredPackages(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  return [...source.matchAll(/\b(?:require|import)\(\s*["']([^"'.][^"']*)["']\s*\)/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !isBuiltin(name))
}

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
}, 60_000)

describe('what is built to run without a window', () => {
  it('never reaches for electron: that alone starts a download', () => {
    const offenders = headlessFiles().filter((file) =>
      /\b(?:require|import)\(\s*["']electron["']|\bfrom\s*["']electron["']/.test(readFileSync(file, 'utf8')),
    )
    expect(offenders).toEqual([])
  })

  it('needs no package but the native one', () => {
    const needed = new Set(headlessFiles().flatMap(requiredPackages))
    for (const name of [...OPTIONAL, ...BESIDE]) needed.delete(name)
    expect([...needed]).toEqual([])
  })

  it.skipIf(!existsSync('main/gateway/gateway-process.ts'))('is one file for the gateway', () => {
    // A package's own comments show examples of it.
    const source = readFileSync('out/gateway.cjs', 'utf8').replace(/^\s*\*.*$/gm, '')
    expect(source).not.toMatch(/\brequire\(["']\.\.?\//)
  })
})
