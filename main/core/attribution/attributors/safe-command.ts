import { cleanValue } from '../values/clean-value.ts'
import { INTERPRETER, knownSubcommand, NAMED_WITH_SUBCOMMAND } from './known-commands.ts'

// Flags that take the next word; without this list a preload would pass for the script.
const TAKES_A_VALUE = new Set(
  `-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --title --input-type
   --inspect-port -W -X -I -cp -classpath --class-path -p --module-path --config --import-map --cert --with --python --project`.split(
    /\s+/,
  ),
)
// After these the next word is program text: it may hold anything, so nothing after them is read.
const PROGRAM_TEXT = /^(?:-[a-zA-Z]*[ce]|-[a-z]*p[a-z]*e?|-r(?=$)|--eval|--print|--command|-command|-encodedcommand)$/i
const SCRIPT = /^[\w@%+.,~:/\\ ()[\]-]+\.(?:[cm]?[jt]sx?|py|pyw|rb|pl|php|lua|R|sh|bash|zsh|fish|ps1|jar)$/
const MODULE = /^[A-Za-z_][\w.]{0,80}$/

/**
 * A command line as it may stand in a call record: the executable and a script path or a known subcommand, such as
 * `node agent.js`, `python -m pytest` or `npm test`. Never another argument: those can carry prompts and keys.
 * `argv` may be one word that a program wrote over its own (`npm test`, `node (vitest 1)`).
 */
export function safeCommand(argv: readonly string[], cwd: string | null = null): string {
  const words = wordsOf(argv)
  const program = baseName(words[0] ?? '')
  const args = words.slice(1)
  const parts = [program]
  const subcommand = knownSubcommand(program, args)
  if (subcommand !== null) parts.push(subcommand)
  if (program === 'node' && args.includes('--test')) parts.push('--test')
  const script = INTERPRETER.test(program) && subcommand !== 'eval' ? findScript(program, args) : null
  if (script?.module) parts.push('-m', script.module)
  else if (script?.path) parts.push(below(script.path, cwd))
  return cleanValue(parts.join(' ')) ?? ''
}

/**
 * The name of an ancestor: the tool rather than its interpreter (`vitest`, not `node`), with its subcommand where
 * that is what one wants to know (`go test`).
 */
export function programName(argv: readonly string[]): string {
  const words = wordsOf(argv)
  const program = baseName(words[0] ?? '')
  const args = words.slice(1)
  const script = INTERPRETER.test(program) ? findScript(program, args) : null
  const tool = script?.module ?? (script?.path ? installedTool(script.path) : null)
  const name = tool ?? (program === 'node' && args.includes('--test') ? 'node --test' : program)
  const rest = tool && script?.path ? args.slice(args.indexOf(script.path) + 1) : args
  const subcommand = NAMED_WITH_SUBCOMMAND.has(name) ? knownSubcommand(name, rest) : null
  return cleanValue(subcommand === null ? name : `${name} ${subcommand}`) ?? ''
}

interface Script {
  path?: string
  module?: string
}

function findScript(program: string, args: readonly string[]): Script | null {
  const isPython = /^(?:python|pypy)/i.test(program)
  const isNode = /^(?:node|nodejs|electron|tsx|ts-node|bun)$/i.test(program)
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? ''
    if (isPython && /^-[A-Za-z]*m$/.test(word)) {
      const module = args[index + 1] ?? ''
      return MODULE.test(module) ? { module } : null
    }
    if (word === '--') continue
    if (TAKES_A_VALUE.has(word) && !(word === '-p' && isNode) && !(word === '-r' && /^php/i.test(program))) index += 1
    else if (PROGRAM_TEXT.test(word)) return null
    else if (!word.startsWith('-') && isScript(word)) return { path: word }
    else if (!word.startsWith('-') && knownSubcommand(program, [word]) === null) return null
  }
  return null
}

/** With an extension of scripts, or a path to a file of a `bin` folder, as a shebang starts it. */
function isScript(word: string): boolean {
  if (word.length > 1_024 || word.includes('://')) return false
  return SCRIPT.test(word) || /^[\w@%+.,~:/\\ -]*[\\/]\.?bin[\\/][\w@.+-]{1,60}$/.test(word)
}

/** The tool that a script belongs to: its package below node_modules, or its own name in a `bin` folder. Null: somebody's own script. */
export function installedTool(path: string): string | null {
  const slashes = path.replaceAll('\\', '/')
  const inBin = /\/\.?bin\/([^/]+?)(?:\.[cm]?js)?$/.exec(slashes)?.[1]
  const packages = [...slashes.matchAll(/node_modules\/((?:@[^/]+\/)?[^/.][^/]*)/g)]
  const ofPackage = packages.at(-1)?.[1]
  if (ofPackage === '@playwright/test') return 'playwright'
  if (ofPackage !== undefined) return ofPackage.slice(ofPackage.indexOf('/') + 1)
  return inBin ?? null
}

function wordsOf(argv: readonly string[]): string[] {
  const words = argv.filter((word) => word !== '')
  const title = words.length === 1 ? (words[0] ?? '') : ''
  const ofWorker = /^\S+ \(([\w.-]+)[^)]*\)/.exec(title)?.[1]
  if (ofWorker !== undefined) return [ofWorker]
  return /^[^/\\: ]+ /.test(title) ? title.split(/ +/) : words
}

/** File name of an executable: without folder, `.exe`, or the dash of a login shell. */
function baseName(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  return name
    .replace(/^-/, '')
    .replace(/\.(?:exe|cmd|bat)$/i, '')
    .replace(/:$/, '')
}

function below(path: string, cwd: string | null): string {
  if (cwd === null || !path.startsWith(cwd)) return path
  const rest = path.slice(cwd.length)
  return cwd.endsWith('/') || cwd.endsWith('\\') ? rest : /^[\\/]/.test(rest) ? rest.slice(1) : path
}
