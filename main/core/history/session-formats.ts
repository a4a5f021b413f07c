import { claudeCodeFormat } from './claude-code-format.ts'
import { codexFormat } from './codex-format.ts'
import type { SessionFormat } from './session-line.ts'

/** Agents whose session files can be read. */
export const SESSION_FORMATS: readonly SessionFormat[] = [claudeCodeFormat, codexFormat]
