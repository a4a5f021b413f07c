import { readFileSync } from 'node:fs'
import { commandLine } from '../../shared/values/command-line.ts'
import { AllowanceError, messageOf } from '../../shared/contract/errors.ts'
import { NO_OWN_RULES, type OwnRules, ownRulesSchema } from '../../shared/rules/own-rules.ts'
import type { RuleBase } from '../../shared/rules/policy.ts'
import { parseRules } from '../core/policy/document/parse-policy.ts'
import { writePrivateFile } from '../platform/home/write-private-file.ts'

/**
 * The developer's own caps and guards, in one file of the home. The gateway is its one writer while it runs. A file that
 * cannot be understood is never written over: a cap that somebody relies on must not vanish without a word.
 */
export class OwnRulesFile {
  readonly #file: string
  #current: OwnRules
  #rules: readonly RuleBase[]

  /** Throws `settings-invalid` with the place and what to do. */
  constructor(file: string) {
    this.#file = file
    this.#current = read(file)
    this.#rules = rulesOf(file, this.#current)
  }

  get current(): OwnRules {
    return this.#current
  }

  /** As their guards understand them. */
  get rules(): readonly RuleBase[] {
    return this.#rules
  }

  /** Keeps a changed document. Throws what the file system throws; then the old one stands. */
  keep(next: OwnRules): void {
    const rules = rulesOf(this.#file, next)
    writePrivateFile(this.#file, `${JSON.stringify(next, null, 2)}\n`)
    this.#current = next
    this.#rules = rules
  }
}

function read(file: string): OwnRules {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_OWN_RULES
    throw broken(file, messageOf(error))
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    throw broken(file, messageOf(error))
  }
  const parsed = ownRulesSchema.safeParse(document)
  if (parsed.success) return parsed.data
  const { schema } = (document ?? {}) as { schema?: unknown }
  if (typeof schema === 'number' && schema > 1)
    throw new AllowanceError('settings-invalid', `${file} was written by a newer version`, 'update Allowance')
  const [issue] = parsed.error.issues
  throw broken(file, `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not understood'}`)
}

function rulesOf(file: string, { rules }: OwnRules): readonly RuleBase[] {
  const parsed = parseRules(rules)
  const [error] = parsed.errors
  if (error) throw broken(file, `${error.path}: ${error.message}`)
  return parsed.rules
}

function broken(file: string, why: string): AllowanceError {
  return new AllowanceError(
    'settings-invalid',
    `your caps in ${file} cannot be read: ${why}`,
    `correct the file, or move it away and set your caps again: ${commandLine('cap 5')}`,
  )
}
