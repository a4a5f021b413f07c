/** Where a gateway answers, and the token that opens its control API. */
export interface GatewayAddress {
  proxy: string
  control: string
  token: string
  pid: number
}

/** Why there is no gateway: `code` is stable, `message` is for people, `fix` what to do about it. */
export interface GatewayProblem {
  code: string
  message: string
  fix: string | null
}

/**
 * The gateway as the shell knows it. `own`: this app started it, and it ends with this app. A start carries the
 * problem that it follows, because until it is fixed, it is what has to be said.
 */
export type GatewayState =
  | { kind: 'starting'; after: GatewayProblem | null }
  | { kind: 'running'; address: GatewayAddress; own: boolean }
  | { kind: 'down'; problem: GatewayProblem; retryAtMs: number }
  | { kind: 'stopped' }
