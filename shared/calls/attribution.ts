import { z } from 'zod'

/** Where an answer about the caller came from, in the order of trust: a tag beats a header beats a guess. */
export const attributionSourceSchema = z.enum([
  'tag',
  'header',
  'process',
  'user-agent',
  'environment',
  'enrolment',
  'git',
  'os',
  'policy',
  'default',
])
export type AttributionSource = z.infer<typeof attributionSourceSchema>

export const environmentSchema = z.enum(['dev', 'test', 'ci'])
export type Environment = z.infer<typeof environmentSchema>

export const processFactsSchema = z.object({
  pid: z.number().int(),
  /** The executable and a script path or known subcommand; never other arguments, which can carry prompts and keys. */
  command: z.string(),
  cwd: z.string().nullable(),
  /** Names of the ancestors, nearest first. */
  parents: z.array(z.string()),
})
export type ProcessFacts = z.infer<typeof processFactsSchema>

/** Who a call is charged to. What nobody said and nothing showed is null, never a guess dressed as a fact. */
export const attributionSchema = z.object({
  developer: z.string().nullable(),
  project: z.string().nullable(),
  branch: z.string().nullable(),
  session: z.string().nullable(),
  agent: z.string().nullable(),
  parentAgent: z.string().nullable(),
  process: processFactsSchema.nullable(),
  environment: environmentSchema,
  keyFingerprint: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  source: z.record(z.string(), attributionSourceSchema),
})
export type Attribution = z.infer<typeof attributionSchema>

export const NO_ATTRIBUTION: Attribution = {
  developer: null,
  project: null,
  branch: null,
  session: null,
  agent: null,
  parentAgent: null,
  process: null,
  environment: 'dev',
  keyFingerprint: null,
  tags: {},
  source: {},
}

/** `development`, `testing`, `CI` and the like, as people write them; null when it is none of ours. */
export function parseEnvironment(text: string): Environment | null {
  const word = text.trim().toLowerCase()
  if (['dev', 'development', 'local'].includes(word)) return 'dev'
  if (['test', 'testing', 'tests'].includes(word)) return 'test'
  if (['ci', 'continuous-integration'].includes(word)) return 'ci'
  return null
}
