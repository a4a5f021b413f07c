import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AllowanceError, messageOf } from '../../shared/errors.ts'
import type { RuleDocument } from '../core/policy/own-rules.ts'
import { parseRules } from '../core/policy/parse-policy.ts'
import { writePrivateFile } from '../platform/write-private-file.ts'

/** How many earlier versions are kept for `undo`: more than anybody takes back one by one. */
export const MAX_EARLIER = 50

const SCHEMA = 1
const ruleDocument = z.looseObject({ id: z.string(), guard: z.string() })
const earlierSchema = z.strictObject({
  /** What the change did that ended this version, in a sentence. */
  sentence: z.string(),
  /** When it was made. */
  at: z.string(),
  rules: z.array(ruleDocument),
})
const fileSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  version: z.number().int().nonnegative(),
  rules: z.array(ruleDocument),
  /** Oldest first. */
  earlier: z.array(earlierSchema).default([]),
  written: z.strictObject({ at: z.string(), rules: z.array(ruleDocument) }).optional(),
})

/** The developer's own rules as they are kept, with what `undo` needs. */
export interface OwnRulesFile {
  version: number
  rules: RuleDocument[]
  earlier: { sentence: string; at: string; rules: RuleDocument[] }[]
  /** The rules as we wrote them last: where others stand in the file now, an editor was there. */
  written?: { at: string; rules: RuleDocument[] } | undefined
}

/** The rules before an editor changed them; null where none did. */
export function beforeEdit({ rules, written }: OwnRulesFile): { at: string; rules: RuleDocument[] } | null {
  return written && JSON.stringify(written.rules) !== JSON.stringify(rules) ? written : null
}

export const NO_OWN_RULES: OwnRulesFile = { version: 0, rules: [], earlier: [] }

/** Nothing where there is no file. Throws `own-rules-invalid`, with the place and what to do, for one that cannot be followed. */
export function readOwnRules(file: string): OwnRulesFile {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_OWN_RULES
    throw invalid(file, messageOf(error))
  }
  let document: unknown
  try {
    // Editors on Windows put a mark before the first sign.
    document = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw invalid(file, `it is not JSON: ${messageOf(error)}`)
  }
  const { schema } = (document ?? {}) as { schema?: unknown }
  if (typeof schema === 'number' && schema > SCHEMA) {
    throw new AllowanceError(
      'own-rules-invalid',
      `${file} was written by a later version (format ${schema}, this one knows ${SCHEMA})`,
      'update Allowance, or point ALLOWANCE_HOME at another home',
    )
  }
  const parsed = fileSchema.safeParse(document)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown form'}`)
  }
  const [error] = parseRules(parsed.data.rules).errors
  if (error) {
    const hint = error.suggestion === null ? '' : ` (did you mean "${error.suggestion}"?)`
    throw invalid(file, `${error.path}: ${error.message}${hint}`)
  }
  return parsed.data as OwnRulesFile
}

/** Throws what the file system throws. */
export function writeOwnRules(file: string, { version, rules, earlier, written }: OwnRulesFile): void {
  const document = { schema: SCHEMA, version, rules, earlier: earlier.slice(-MAX_EARLIER), written }
  writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`)
}

function invalid(file: string, reason: string): AllowanceError {
  return new AllowanceError(
    'own-rules-invalid',
    `your caps in ${file} cannot be read: ${reason}`,
    `correct that place in ${file}, or move the file away to start without caps`,
  )
}
