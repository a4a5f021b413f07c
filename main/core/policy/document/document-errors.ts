import type { z } from 'zod'
import type { DocumentError } from '../../../../shared/rules/policy.ts'
import { nearest } from './nearest.ts'

/**
 * What is wrong with a document, for its author: each error with its path, and for a mistyped name the nearest
 * one that its place knows. `issues` have to be made with `reportInput`, by which a value that is missing is known.
 */
export function errorsOf(issues: readonly z.core.$ZodIssue[], prefix: string, schema: z.ZodType): DocumentError[] {
  const errors = issues.flatMap((issue) => errorsOfIssue(issue, prefix, schema))
  // `limitUSD` is one mistake, not two: the name that was meant is not missing as well.
  const meant = new Set(
    errors.flatMap(({ path, suggestion, isUnknownKey }) =>
      isUnknownKey && suggestion !== null ? [path.replace(/[^.[\]]+$/, suggestion)] : [],
    ),
  )
  return errors
    .filter(({ path, isMissing }) => !(isMissing && meant.has(path)))
    .map(({ path, message, suggestion }) => ({ path, message, suggestion }))
}

/** What a refinement tells beside its message: the names of which one was probably meant. */
export interface KnownNames {
  known: readonly string[]
}

interface Finding extends DocumentError {
  isUnknownKey: boolean
  isMissing: boolean
}

function errorsOfIssue(issue: z.core.$ZodIssue, prefix: string, schema: z.ZodType): Finding[] {
  const path = joinPath(prefix, issue.path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path)
    return issue.keys.map((key) => ({
      path: joinPath(path, [key]),
      message: 'unknown key',
      suggestion: nearest(key, known),
      isUnknownKey: true,
      isMissing: false,
    }))
  }
  const isMissing = issue.input === undefined
  const known = namesFor(issue)
  const suggestion = isMissing || known.length === 0 ? null : nearest(String(issue.input), known)
  return [{ path, message: isMissing ? 'is missing' : issue.message, suggestion, isUnknownKey: false, isMissing }]
}

function namesFor(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  return issue.code === 'custom' ? ((issue.params as KnownNames | undefined)?.known ?? []) : []
}

/** The keys that a strict object knows at a path; none where there is no such object. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let place: unknown = schema
  for (const step of path) place = within(bare(place), step)
  const shape = shapeOf(bare(place))
  return shape === null ? [] : Object.keys(shape)
}

function within(schema: unknown, step: PropertyKey): unknown {
  const shape = shapeOf(schema)
  if (shape !== null) return shape[String(step)]
  const { element, valueType } = (schema ?? {}) as { element?: unknown; valueType?: unknown }
  return element ?? valueType
}

/** Without the wrappers that make it optional, nullable, or give it a default. */
function bare(schema: unknown): unknown {
  let inner = schema as { unwrap?: () => unknown; element?: unknown } | null | undefined
  // An array has an `unwrap` too, which is its element.
  while (inner?.unwrap && inner.element === undefined) inner = inner.unwrap() as typeof inner
  return inner
}

function shapeOf(schema: unknown): Record<string, unknown> | null {
  return (schema as { shape?: Record<string, unknown> } | null)?.shape ?? null
}

function joinPath(prefix: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((joined, part) => {
    if (typeof part === 'number') return `${joined}[${part}]`
    return joined === '' ? String(part) : `${joined}.${String(part)}`
  }, prefix)
}
