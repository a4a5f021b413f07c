import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { writePrivateFile } from '../platform/home/write-private-file.ts'

/** The last policy that was accepted, as it came: used while its source cannot be reached. */
const storedSchema = z.object({
  schema: z.literal(1),
  /** It counts for this source alone: another one's versions are another count. */
  source: z.string(),
  fetchedAtMs: z.number(),
  text: z.string(),
})
export type LastKnownGood = z.infer<typeof storedSchema>

/** Null when there is none, or none that can be read: then the source has to be reached first. */
export function readLastKnownGood(file: string): LastKnownGood | null {
  try {
    return storedSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}

/** Throws what the file system throws. */
export function writeLastKnownGood(file: string, good: Omit<LastKnownGood, 'schema'>): void {
  writePrivateFile(file, `${JSON.stringify({ schema: 1, ...good })}\n`)
}
