import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSource, readSourceTree, readTextTree, type SourceFile } from './support/source-tree.ts'

// What the compiler's project references cannot see. Each rule is a function from files to complaints, first shown to
// complain about a planted offender, so that a rule that has gone blind fails here.

const LONGEST_FILE_LINES = 300
const LONGEST_MEDIAN_LINES = 100
const MOST_FILES_IN_A_FOLDER = 15

/** Packages that are the language of a whole area; every other one has one file that imports it. */
const SPOKEN_IN: Record<string, string[]> = {
  zod: ['shared/', 'main/'],
  react: ['renderer/'],
  // The window's dialogs, switches and messages; each part of it has one door there.
  '@base-ui/react': ['renderer/components/'],
  '@trpc/server': ['main/control/'],
  commander: ['main/cli/'],
  electron: ['main/desktop/'],
  '@opentelemetry/api': ['main/export/telemetry/'],
  // The window and the programs on Node each have a client of the control API: the window imports nothing of main.
  '@trpc/client': ['main/control/client.ts', 'renderer/state/api/trpc-api.ts'],
  eventsource: ['main/control/client.ts', 'renderer/state/api/trpc-api.ts'],
  // The second is loaded into the processes of others.
  undici: ['main/platform/network/http-get.ts', 'main/cli/environment/child/child-dispatcher.ts'],
}

const files = readSourceTree('shared', 'main', 'renderer')
const testFiles = readSourceTree('test')
const styleSheets = readTextTree('renderer', /\.css$/)
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  'dependencies' | 'devDependencies',
  Record<string, string>
>

type Rule = (files: SourceFile[]) => string[]

const foreignImports = (file: SourceFile) =>
  file.imports.flatMap((one) =>
    one.package === null || one.package.startsWith('node:') ? [] : [{ ...one, package: one.package }],
  )

const oneDoor: Rule = (all) => {
  const doors = new Map<string, Set<string>>()
  for (const file of all)
    for (const one of foreignImports(file).filter(({ isTypeOnly }) => !isTypeOnly))
      if (!SPOKEN_IN[one.package]?.some((area) => file.path.startsWith(area)))
        doors.set(one.package, (doors.get(one.package) ?? new Set()).add(file.path))
  return [...doors].filter(([, paths]) => paths.size > 1).map(([name, paths]) => `${name}: ${[...paths].join(', ')}`)
}

const electronInDesktopOnly: Rule = (all) =>
  all
    .filter((file) => !file.path.startsWith('main/desktop/'))
    .filter((file) => foreignImports(file).some((one) => /^electron(-store)?$/.test(one.package)))
    .map((file) => file.path)

const declaredDependencies: Rule = (all) =>
  all.flatMap((file) =>
    foreignImports(file)
      .filter((one) => !(one.package in manifest.dependencies) && one.package !== 'electron' && !one.isTypeOnly)
      .map((one) => `${file.path}: ${one.package}`),
  )

const rendererImportsSharedOnly: Rule = (all) =>
  all
    .filter((file) => file.path.startsWith('renderer/'))
    .flatMap((file) => file.imports.filter((one) => one.target.startsWith('main/')).map((one) => ({ file, ...one })))
    // One file names the router's type, so that the typed client is never written by hand.
    .filter((one, index, offenders) => !one.isTypeOnly || offenders.some((other) => other.file.path !== one.file.path))
    .map((one) => `${one.file.path}: ${one.target}`)

const isPure = (file: SourceFile) => file.path.startsWith('main/core/') || file.path.startsWith('shared/')

const pureOfNode: Rule = (all) =>
  all
    .filter(isPure)
    .flatMap((file) =>
      file.imports.filter((one) => one.package?.startsWith('node:')).map((one) => `${file.path}: ${one.target}`),
    )

const pureOfClockAndDice: Rule = (all) =>
  all.filter(isPure).flatMap((file) => file.impureGlobals.map((name) => `${file.path}: ${name}`))

const runsOnOldestNode: Rule = (all) =>
  all
    .filter((file) => !file.path.startsWith('renderer/'))
    .flatMap((file) => file.tooNewForOldestNode.map((name) => `${file.path}: ${name}`))

const noDefaultExport: Rule = (all) => all.filter((file) => file.hasDefaultExport).map((file) => file.path)
const noBarrel: Rule = (all) => all.filter((file) => file.isBarrel).map((file) => file.path)
const noLongFile = (all: Pick<SourceFile, 'path' | 'lineCount'>[]) =>
  all.filter((file) => file.lineCount > LONGEST_FILE_LINES).map((file) => `${file.path}: ${file.lineCount} lines`)

const folderOf = (file: string) => path.posix.dirname(file)

/** Files that import one another, however long the way round; types count, because a reader follows them too. */
const noCircles: Rule = (all) => {
  const imports = new Map(all.map((file) => [file.path, file.imports.map((one) => one.target)]))
  const reaches = (from: string) => {
    const seen = new Set<string>()
    const next = [...(imports.get(from) ?? [])]
    for (let target = next.pop(); target !== undefined; target = next.pop())
      if (!seen.has(target)) {
        seen.add(target)
        next.push(...(imports.get(target) ?? []))
      }
    return seen
  }
  return all.filter((file) => reaches(file.path).has(file.path)).map((file) => file.path)
}

/** What a room builds on stands in a room beside it; the folder around them only puts them together. */
const noImportOfTheParent: Rule = (all) =>
  all.flatMap((file) =>
    file.imports
      .filter((one) => one.package === null && folderOf(file.path).startsWith(`${folderOf(one.target)}/`))
      .map((one) => `${file.path}: ${one.target}`),
  )

const noPile = (all: Pick<SourceFile, 'path'>[]) => {
  const counts = new Map<string, number>()
  for (const file of all) counts.set(folderOf(file.path), (counts.get(folderOf(file.path)) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count > MOST_FILES_IN_A_FOLDER)
    .map(([folder, count]) => `${folder}: ${count}`)
}

const kebabCase: Rule = (all) =>
  all
    .filter((file) => !/^[a-z0-9]+([.-][a-z0-9]+)*\.tsx?$/.test(path.posix.basename(file.path)))
    .map((file) => file.path)

const manyFiles = Array.from({ length: MOST_FILES_IN_A_FOLDER + 1 }, (_, index) =>
  parseSource(`main/pile/file-${index}.ts`, 'export {}'),
)
const long = '\n'.repeat(LONGEST_FILE_LINES) + 'export const last = 1'

describe.each<[string, Rule, SourceFile[]]>([
  [
    'a foreign package has one door',
    oneDoor,
    [parseSource('main/proxy/a.ts', "import 'ws'"), parseSource('main/cli/b.ts', "await import('ws')")],
  ],
  [
    'only the desktop knows Electron',
    electronInDesktopOnly,
    [parseSource('main/gateway/create-gateway.ts', "import type { App } from 'electron'")],
  ],
  [
    'what is imported is a dependency',
    declaredDependencies,
    [parseSource('shared/a.ts', "import { test } from 'vitest'")],
  ],
  [
    'the renderer imports shared only',
    rendererImportsSharedOnly,
    [parseSource('renderer/a.ts', "import { b } from '../main/control/b.ts'")],
  ],
  [
    'one file of the renderer names the router',
    rendererImportsSharedOnly,
    ['a', 'b'].map((name) => parseSource(`renderer/${name}.ts`, "import type { R } from '../main/control/r.ts'")),
  ],
  [
    'core and shared import nothing of Node',
    pureOfNode,
    [parseSource('main/core/a.ts', "import type { Server } from 'node:http'")],
  ],
  [
    'core and shared have no clock',
    pureOfClockAndDice,
    [parseSource('main/core/a.ts', 'export const now = () => new Date().getTime()')],
  ],
  [
    'core and shared roll no dice',
    pureOfClockAndDice,
    [parseSource('shared/a.ts', 'export const id = () => Math.random()')],
  ],
  [
    'nothing is newer than the oldest Node',
    runsOnOldestNode,
    [parseSource('main/a.ts', 'const here = import.meta.dirname')],
  ],
  [
    'there are no default exports',
    noDefaultExport,
    [parseSource('shared/a.ts', 'const a = 1; export { a as default }')],
  ],
  ['there are no barrels', noBarrel, [parseSource('shared/index.ts', "export * from './money.ts'")]],
  ['no file is too long', noLongFile, [parseSource('shared/a.ts', long)]],
  [
    'no files import one another in a circle',
    noCircles,
    [parseSource('main/a.ts', "import type { B } from './b.ts'"), parseSource('main/b.ts', "import './a.ts'")],
  ],
  ['no room imports the folder around it', noImportOfTheParent, [parseSource('main/a/b.ts', "import '../c.ts'")]],
  ['no folder is a pile', noPile, manyFiles],
  ['file names are kebab-case', kebabCase, [parseSource('shared/fooBar.ts', 'export {}')]],
])('%s', (_name, rule, offenders) => {
  it('is noticed where it is broken', () => expect(rule(offenders)).not.toEqual([]))
  it('holds', () => expect(rule(files)).toEqual([]))
})

describe('the tree', () => {
  it('has been read', () => expect(files.map((file) => file.path)).toContain('shared/values/money.ts'))

  it.each([
    ['tests', testFiles],
    ['style sheets', styleSheets],
  ])('has %s in rooms as well, and none too long', (_what, found) => {
    expect(found.length).toBeGreaterThan(0)
    expect([...noPile(found), ...noLongFile(found)]).toEqual([])
  })

  it('has small files', () => {
    const counts = files.map((file) => file.lineCount).sort((a, b) => a - b)
    expect(counts[Math.floor(counts.length / 2)]).toBeLessThan(LONGEST_MEDIAN_LINES)
  })

  it('has a lock that names no registry, so that it installs from whichever one a company uses', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { resolved?: string }>
    }
    expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
  })

  it('has a lock that knows every platform, or `npm ci` would refuse it (fix: node scripts/complete-lock.mjs)', () => {
    expect(() => execFileSync(process.execPath, ['scripts/complete-lock.mjs', '--check'])).not.toThrow()
  })
})
