/**
 * What a verb sees of the world, so that it can be run in a test as it runs in a terminal. A verb is a function
 * `(options, io) → Promise<exit code>` in its own file under `commands/`; main.ts binds it to its words and flags.
 */
export interface Io {
  /** Data. One JSON document with `--json`. */
  stdout(text: string): void
  /** Diagnostics and progress. */
  stderr(text: string): void
  env: Record<string, string | undefined>
  cwd: string
  platform: NodeJS.Platform
  /** Whether stdout is a terminal: colours, tables that fill it, progress. */
  isTTY: boolean
  /** Width of the terminal in characters; 80 where there is none. */
  columns: number
  /** Aborted by ctrl-C or SIGTERM: a verb that runs on ends in order and returns. */
  signal: AbortSignal
}

/** 0 ok · 1 the answer is no · 2 usage · 3 no gateway running. */
export const EXIT = { ok: 0, no: 1, usage: 2, noGateway: 3 } as const
