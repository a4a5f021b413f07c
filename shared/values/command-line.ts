let program = 'allowance'

/**
 * How this machine runs the command line: set once where a program starts, for every command that it prints from then
 * on. A bare `allowance` only runs where somebody has put it on the PATH.
 */
export function callUsAs(command: string): void {
  program = command
}

/** A command that runs as it stands where it is read: `allowance cap list`, or `node /opt/allowance/bin/allowance.mjs cap list`. */
export function commandLine(args = ''): string {
  return args === '' ? program : `${program} ${args}`
}
