import type { z } from 'zod'
import { matchesPattern } from '../../document/scope.ts'
import { listed } from '../../decision/sentences.ts'
import { patternList } from '../rule/rule-schema.ts'

/** Lists of names with `*`: what `deny` names is out, and where there is an `allow`, everything that it does not name. */
export const accessOptions = { allow: patternList.optional(), deny: patternList.optional() }

export const needsAList = [
  ({ allow, deny }: z.infer<z.ZodObject<typeof accessOptions>>) => allow !== undefined || deny !== undefined,
  { error: 'needs allow, deny, or both' },
] as const

type Lists = z.infer<z.ZodObject<typeof accessOptions>>

/** Why a thing is out: denied by one of its names, or allowed by none of them. Null when it is in. */
export function whyOut(names: readonly string[], { allow, deny }: Lists): string | null {
  const isNamed = (pattern: string) => names.some((name) => matchesPattern(pattern, name))
  const denied = deny?.find(isNamed)
  if (denied !== undefined) return `${denied} is denied`
  return allow === undefined || allow.some(isNamed)
    ? null
    : `only ${listed(allow, 'and')} ${allow.length === 1 ? 'is' : 'are'}`
}

/** `with models other than gpt-* and claude-* or with the model *-pro`. */
export function describeLists({ allow, deny }: Lists, otherThan: string, named: string): string {
  return [
    ...(allow ? [`${otherThan} ${listed(allow, 'and')}`] : []),
    ...(deny ? [`${named} ${listed(deny, 'or')}`] : []),
  ].join(' or ')
}
