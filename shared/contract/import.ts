import { z } from 'zod'

/** Variables by which agents keep their sessions elsewhere. */
export const IMPORT_VARIABLES = ['CLAUDE_CONFIG_DIR', 'CODEX_HOME'] as const

/** What came of reading the session files of agents. */
export const importAnswerSchema = z.object({
  schema: z.literal(1),
  dryRun: z.boolean(),
  agents: z.array(
    z.object({
      agent: z.string(),
      folders: z.array(z.string()),
      files: z.number().int(),
      /** Files that could not be read. */
      unreadable: z.number().int(),
      /** Lines that tell of an answer, copies included. */
      answers: z.number().int(),
      /** Lines that could not be understood, and were skipped. */
      malformed: z.number().int(),
    }),
  ),
  /** Answers that were not known before and are kept now. With `dryRun` those that would be. */
  added: z.number().int(),
  /** Answers left out because Allowance metered them itself. */
  metered: z.number().int(),
  /** Imported answers kept in all. */
  kept: z.number().int(),
  listUsd: z.string(),
  since: z.string().nullable(),
  until: z.string().nullable(),
})
export type ImportAnswer = z.infer<typeof importAnswerSchema>

export const removeImportedSchema = z.object({ schema: z.literal(1), removed: z.number().int() })
export type RemovedImport = z.infer<typeof removeImportedSchema>
