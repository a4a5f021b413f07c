import { AllowanceError } from '../../shared/errors.ts'
import type { GatewayEvent } from '../../shared/events.ts'
import {
  capRule,
  describeOwnRule,
  type OwnRuleResult,
  type RuleDocument,
  switchRule,
  withRule,
} from '../core/policy/own-rules.ts'
import { nearest } from '../core/policy/nearest.ts'
import { parseRules } from '../core/policy/parse-policy.ts'
import type { CapRequest, GuardSwitchRequest } from '../../shared/own-rules.ts'
import type { Clock } from '../platform/clock.ts'
import { beforeEdit, NO_OWN_RULES, type OwnRulesFile, readOwnRules, writeOwnRules } from './own-rules-file.ts'
import { watchFile } from './watch-file.ts'

/** What is said of a change that an editor made. */
const EDITED = 'Your caps were changed in their file.'

type RulesChanged = Extract<GatewayEvent, { type: 'rules.changed' }>

export interface OwnRulesOptions {
  file: string
  /** Who changes them, for the record. */
  developer: string
  clock: Clock
  /** The last change that was recorded: what holds while the file cannot be read. Null when there was none. */
  lastRecorded?: RulesChanged | null
}

/** What a change did. `name` is null when no single rule was set. */
export interface OwnRulesOutcome {
  name: string | null
  sentence: string
}

/**
 * The rules that the developer set in one act. The file in the home is theirs: it is read anew before each change, so
 * that what an editor wrote meanwhile is kept, and a file that cannot be read is never written over.
 */
export class OwnRulesStore {
  readonly #options: OwnRulesOptions
  readonly #listeners = new Set<(event: RulesChanged | null) => void>()
  #current: OwnRulesFile = NO_OWN_RULES
  #trouble: AllowanceError | null = null
  #unwatch: (() => void) | null = null

  constructor(options: OwnRulesOptions) {
    this.#options = options
    const { lastRecorded } = options
    try {
      this.#current = readOwnRules(options.file)
    } catch (error) {
      this.#trouble = asTrouble(error)
      // What held before goes on holding: a slip of the pen must not lift a cap.
      if (lastRecorded) {
        const { version } = lastRecorded
        this.#current = { version, rules: lastRecorded.rules as RuleDocument[], earlier: [] }
      }
    }
  }

  get rules(): readonly RuleDocument[] {
    return this.#current.rules
  }

  get version(): number {
    return this.#current.version
  }

  get file(): string {
    return this.#options.file
  }

  /** Why the file is not followed; the rules that held before are in force then. */
  get trouble(): { message: string; fix: string } | null {
    return this.#trouble && { message: this.#trouble.message, fix: this.#trouble.fix ?? '' }
  }

  /** The change that `undo` takes back. */
  get undoable(): { sentence: string; at: string } | null {
    const edited = beforeEdit(this.#current)
    if (edited) return { sentence: EDITED, at: edited.at }
    const last = this.#current.earlier.at(-1)
    return last ? { sentence: last.sentence, at: last.at } : null
  }

  /** What was changed while no gateway ran, for the ledger; null when the last event says how things stand. */
  get unrecorded(): RulesChanged | null {
    const { lastRecorded } = this.#options
    if (this.#trouble) return null
    const known = lastRecorded?.rules ?? []
    if (JSON.stringify(known) === JSON.stringify(this.#current.rules)) return null
    return this.#event('edit', this.#current.earlier.at(-1)?.sentence ?? EDITED)
  }

  /** Follows what editors write. `onChange`: other rules hold, or the file can no longer be read (then the event is null). */
  watch(): void {
    this.#unwatch ??= watchFile(this.#options.file, () => this.#reread())
  }

  onChange(listener: (event: RulesChanged | null) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#unwatch?.()
    this.#listeners.clear()
  }

  /** Throws `usage` with every option that is wrong, and `own-rules-invalid`. */
  setCap(request: CapRequest): OwnRulesOutcome {
    const { document, rule } = checkedRule(capRule(request, this.#read().rules))
    const sentence = describeOwnRule(rule)
    this.#change('set', sentence, (rules) => withRule(rules, document))
    return { name: document.id, sentence }
  }

  /** Throws `not-found` with the names that there are, and `own-rules-invalid`. */
  remove(name: string): OwnRulesOutcome {
    const sentence = `"${name}" is removed.`
    this.#change('remove', sentence, (rules) => {
      if (rules.some(({ id }) => id === name)) return rules.filter(({ id }) => id !== name)
      throw unknownName(name, rules)
    })
    return { name: null, sentence }
  }

  switchGuard({ guard, on, action }: GuardSwitchRequest): OwnRulesOutcome {
    const { document, rule } = checkedRule(switchRule({ guard, action }))
    if (!on && !this.rules.some(({ id }) => id === guard)) return { name: null, sentence: `The ${guard} guard is off.` }
    const sentence = on ? describeOwnRule(rule) : `The ${guard} guard is off.`
    this.#change(on ? 'set' : 'remove', sentence, (rules) =>
      on ? withRule(rules, document) : rules.filter(({ id }) => id !== guard),
    )
    return { name: on ? guard : null, sentence }
  }

  /** Takes the last change back. Throws `not-found` when there is none, and `own-rules-invalid`. */
  undo(): OwnRulesOutcome {
    const before = this.#read()
    // What an editor wrote since then is the last change, and goes first.
    const edited = beforeEdit(before)
    const last = before.earlier.at(-1)
    if (!edited && !last) throw new AllowanceError('not-found', 'there is no change to undo', null)
    const sentence = `Taken back: ${edited ? EDITED : last?.sentence}`
    this.#write({
      version: this.#nextAfter(before),
      rules: edited?.rules ?? last?.rules ?? [],
      earlier: edited ? before.earlier : before.earlier.slice(0, -1),
    })
    this.#tell(this.#event('undo', sentence))
    return { name: null, sentence }
  }

  #change(act: 'set' | 'remove', sentence: string, change: (rules: RuleDocument[]) => RuleDocument[]): void {
    const before = this.#read()
    const rules = change(before.rules)
    const edited = beforeEdit(before)
    const at = new Date(this.#options.clock()).toISOString()
    this.#write({
      version: this.#nextAfter(before),
      rules,
      earlier: [
        ...before.earlier,
        ...(edited ? [{ sentence: EDITED, at, rules: edited.rules }] : []),
        { sentence, at, rules: before.rules },
      ],
    })
    this.#tell(this.#event(act, sentence))
  }

  /** An editor leaves the number as it is: the one in memory may be ahead. */
  #nextAfter({ version }: OwnRulesFile): number {
    return Math.max(version, this.version) + 1
  }

  /** As it stands on the disk: somebody may have edited it a moment ago. */
  #read(): OwnRulesFile {
    return readOwnRules(this.#options.file)
  }

  #write(change: Omit<OwnRulesFile, 'written'>): void {
    const written = { at: new Date(this.#options.clock()).toISOString(), rules: change.rules }
    const next = { ...change, written }
    try {
      writeOwnRules(this.#options.file, next)
    } catch (error) {
      throw new AllowanceError(
        'own-rules-invalid',
        `your caps could not be written to ${this.#options.file}: ${error instanceof Error ? error.message : String(error)}`,
        'make the folder writable and free some disk space',
        { cause: error },
      )
    }
    this.#current = next
    this.#trouble = null
  }

  #reread(): void {
    const { version } = this.#current
    const known = JSON.stringify(this.#current.rules)
    const before = this.#trouble?.message ?? null
    try {
      this.#current = readOwnRules(this.#options.file)
      this.#trouble = null
    } catch (error) {
      this.#trouble = asTrouble(error)
    }
    if (JSON.stringify(this.#current.rules) !== known) {
      this.#current = { ...this.#current, version: Math.max(version + 1, this.#current.version) }
      this.#tell(this.#event('edit', EDITED))
    } else if ((this.#trouble?.message ?? null) !== before) this.#tell(null)
  }

  #event(act: RulesChanged['act'], sentence: string): RulesChanged {
    const { developer } = this.#options
    const { version, rules } = this.#current
    return { type: 'rules.changed', act, by: developer, sentence, version, rules }
  }

  #tell(event: RulesChanged | null): void {
    for (const listener of this.#listeners) listener(event)
  }
}

/** Throws `usage` with every option that is wrong. */
export function checkedRule(result: OwnRuleResult): OwnRuleResult & { ok: true } {
  if (result.ok) return result
  const errors = result.errors.map(({ path, message, suggestion }) => {
    const hint = suggestion === null ? '' : ` (did you mean "${suggestion}"?)`
    return `${path}: ${message}${hint}`
  })
  throw new AllowanceError('usage', `the cap cannot be set: ${errors.join(' · ')}`, null)
}

function unknownName(name: string, rules: readonly RuleDocument[]): AllowanceError {
  const names = parseRules(rules).rules.map(({ id }) => id)
  const near = nearest(name, names)
  const known = names.length > 0 ? `there are ${names.join(', ')}` : 'you have set none'
  return new AllowanceError('not-found', `no cap is named "${name}"; ${known}`, near && `did you mean "${near}"?`)
}

function asTrouble(error: unknown): AllowanceError {
  if (error instanceof AllowanceError) return error
  throw error
}
