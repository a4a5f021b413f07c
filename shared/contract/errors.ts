/**
 * An expected failure: `code` is stable and read by scripts, `message` says what went wrong and where, `fix` what to
 * do about it (a command where there is one). Everything else that is thrown is a bug.
 */
export class AllowanceError extends Error {
  readonly code: ErrorCode
  readonly fix: string | null

  constructor(code: ErrorCode, message: string, fix: string | null = null, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'AllowanceError'
    this.code = code
    this.fix = fix
  }
}

export type ErrorCode =
  | 'no-gateway'
  | 'usage'
  | 'already-running'
  | 'port-busy'
  | 'home-not-writable'
  | 'settings-invalid'
  | 'policy-invalid'
  | 'own-rules-invalid'
  | 'policy-unavailable'
  | 'ledger-unavailable'
  | 'ledger-newer'
  | 'not-found'
  | 'not-allowed'
  | 'unauthorized'
  | 'upstream-is-self'
  | 'internal'

/** The last line of defence for text: an Error's message, or the value as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
