import { tuned } from '../../../shared/values/tuned.ts'

export const TUNING = tuned({
  MAX_SESSION_LINE_BYTES: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    source: 'an answer that writes a large file is a few megabytes; images stand on lines of other kinds',
    ifWrong: 'higher: memory while importing; lower: long answers are skipped, and counted as such',
  },
})
