import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

const checkout = fileURLToPath(new URL('../..', import.meta.url))

/** One source file of the product, parsed as far as the architecture asks. */
export interface SourceFile {
  /** From the root of the checkout, with `/`: `main/core/pricing/rates/rate-card.ts`. */
  path: string
  lineCount: number
  imports: SourceImport[]
  hasDefaultExport: boolean
  /** True if the file does nothing but hand on what others export. */
  isBarrel: boolean
  /** Globals whose answer differs from one run to the next: `Date.now`, `new Date()`, `Math.random`, `setTimeout` … */
  impureGlobals: string[]
  /** What the oldest runtime, Node 18.15 inside the Electron that tests open, does not have though the types do. */
  tooNewForOldestNode: string[]
}

export interface SourceImport {
  /** As written for a package (`@trpc/server/adapters/standalone`), from the root of the checkout for a file of ours. */
  target: string
  /** Package name, `node:*` name, or null for a file of ours. */
  package: string | null
  isTypeOnly: boolean
}

type Node = { type: string } & Record<string, unknown>

/** Every `.ts` and `.tsx` file below `folders`. */
export function readSourceTree(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(checkout, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
      .map((file) => parseSource(file, readFileSync(path.join(checkout, file), 'utf8'))),
  )
}

/** Where a file stands and how long it is, for files that are no TypeScript. */
export function readTextTree(folder: string, name: RegExp): Pick<SourceFile, 'path' | 'lineCount'>[] {
  return readdirSync(path.join(checkout, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => name.test(file))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
    .map((file) => ({ path: file, lineCount: lineCountOf(readFileSync(path.join(checkout, file), 'utf8')) }))
}

function lineCountOf(source: string): number {
  return source.trimEnd().split('\n').length
}

/** Parses one file; `file` is its path from the root of the checkout. Throws when it is not TypeScript. */
export function parseSource(file: string, source: string): SourceFile {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
  const body = program.body as unknown as Node[]
  const all = [...descendants(program as unknown as Node)]
  return {
    path: file,
    lineCount: lineCountOf(source),
    imports: all.flatMap((node) => importOf(file, node)),
    hasDefaultExport: body.some(exportsDefault),
    isBarrel: body.some(isReExport) && body.every((node) => isReExport(node) || node.type === 'ImportDeclaration'),
    impureGlobals: all.flatMap(impureGlobal),
    tooNewForOldestNode: all.map(memberName).filter((name) => TOO_NEW.has(name)),
  }
}

function* descendants(node: Node): Generator<Node> {
  yield node
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (child !== null && typeof child === 'object' && 'type' in child) yield* descendants(child as Node)
}

function importOf(file: string, node: Node): SourceImport[] {
  const source = node.source as { value?: unknown } | null | undefined
  const isImport =
    /^(ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|ImportExpression|TSImportType)$/.test(node.type)
  if (!isImport || typeof source?.value !== 'string') return []
  const specifiers = (node.specifiers ?? []) as Array<{ importKind?: string; exportKind?: string }>
  const isTypeOnly =
    node.type === 'TSImportType' ||
    node.importKind === 'type' ||
    node.exportKind === 'type' ||
    (specifiers.length > 0 && specifiers.every((one) => (one.importKind ?? one.exportKind) === 'type'))
  return [{ ...resolveTarget(file, source.value), isTypeOnly }]
}

function resolveTarget(file: string, specifier: string): Pick<SourceImport, 'target' | 'package'> {
  if (specifier.startsWith('.')) return { target: path.posix.join(path.posix.dirname(file), specifier), package: null }
  const parts = specifier.split('/')
  const name = specifier.startsWith('@')
    ? parts.slice(0, 2).join('/')
    : specifier.startsWith('node:')
      ? specifier
      : parts[0]
  return { target: specifier, package: name ?? specifier }
}

function exportsDefault(node: Node): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true
  const specifiers = (node.specifiers ?? []) as Array<{ exported?: { name?: string } }>
  return node.type === 'ExportNamedDeclaration' && specifiers.some((one) => one.exported?.name === 'default')
}

function isReExport(node: Node): boolean {
  return /^Export(Named|All)Declaration$/.test(node.type) && Boolean(node.source)
}

const CLOCKS_AND_DICE = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'crypto.getRandomValues',
])
const ASYNC_GLOBALS = new Set(['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch', 'Date'])

/** Added in 18.17, 19.9, 20.3 and 20.11. Newer language features do not compile: the library is ES2022. */
const TOO_NEW = new Set(['AbortSignal.any', 'URL.canParse', 'import.meta.dirname', 'import.meta.filename'])

function memberName(node: Node): string {
  return node.type === 'MemberExpression' ? `${nameOf(node.object)}.${nameOf(node.property)}` : ''
}

function impureGlobal(node: Node): string[] {
  if (node.type === 'MemberExpression') {
    const name = memberName(node)
    return CLOCKS_AND_DICE.has(name) ? [name] : []
  }
  if (node.type === 'CallExpression' && ASYNC_GLOBALS.has(nameOf(node.callee))) return [nameOf(node.callee)]
  const isNow =
    node.type === 'NewExpression' && nameOf(node.callee) === 'Date' && (node.arguments as unknown[]).length === 0
  return isNow ? ['new Date()'] : []
}

function nameOf(node: unknown): string {
  const { type, name } = node as { type: string; name?: string }
  return type === 'MetaProperty' ? 'import.meta' : (name ?? '')
}
