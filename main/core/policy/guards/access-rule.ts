import type { z } from 'zod'
import { matchesPattern } from '../scope.ts'
import { patternList } from './rule-schema.ts'

/** Lists of names with `*`: what `deny` names is out, and where there is an `allow`, everything that it does not name. */
export const accessOptions = { allow: patternList.optional(), deny: patternList.optional() }

export const needsAList = [
  ({ allow, deny }: z.infer<z.ZodObject<typeof accessOptions>>) => allow !== undefined || deny !== undefined,
  { error: 'needs allow, deny, or both' },
] as const

/** Whether any of a thing's names is denied, or none is allowed. */
export function isOut(names: readonly string[], { allow, deny }: z.infer<z.ZodObject<typeof accessOptions>>): boolean {
  const named = (patterns: readonly string[]) =>
    patterns.some((pattern) => names.some((name) => matchesPattern(pattern, name)))
  return (deny !== undefined && named(deny)) || (allow !== undefined && !named(allow))
}

/** `only gpt-*, claude-*; never *-pro`. */
export function describeLists({ allow, deny }: z.infer<z.ZodObject<typeof accessOptions>>): string {
  return [...(allow ? [`only ${allow.join(', ')}`] : []), ...(deny ? [`never ${deny.join(', ')}`] : [])].join('; ')
}
