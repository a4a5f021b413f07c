import { parseArgs } from 'node:util'

export interface DesktopArguments {
  /** To the tray without a window, as at login. */
  isHidden: boolean
  /** What the command line says about the gateway, as the variables that it reads. */
  env: Record<string, string>
}

/** The flags of `allowance serve` that make sense with a window, each with its variable. */
const VARIABLES = {
  port: 'ALLOWANCE_PORT',
  'control-port': 'ALLOWANCE_CONTROL_PORT',
  home: 'ALLOWANCE_HOME',
  policy: 'ALLOWANCE_POLICY',
} as const

/** `argv` may hold Chromium's own switches and the app's path; what is not ours is skipped. */
export function readArguments(argv: string[]): DesktopArguments {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: argv,
    strict: false,
    options: { hidden: { type: 'boolean' }, port: text, 'control-port': text, home: text, policy: text },
  })
  const env: Record<string, string> = {}
  for (const [flag, variable] of Object.entries(VARIABLES)) {
    const value = values[flag]
    if (typeof value === 'string') env[variable] = value
  }
  return { isHidden: values.hidden === true, env }
}
