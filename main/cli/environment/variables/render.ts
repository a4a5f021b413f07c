export const SHELLS = ['bash', 'zsh', 'fish', 'pwsh', 'cmd', 'dotenv', 'json'] as const
export type Shell = (typeof SHELLS)[number]

export interface Change {
  set: Readonly<Record<string, string>>
  unset: readonly string[]
}

/** The lines that a shell evaluates to make a change. `json` is the caller's: it is a document, not lines. */
export function renderChange(shell: Exclude<Shell, 'json'>, { set, unset }: Change): string {
  const { assign, remove } = WRITERS[shell]
  const lines = [...unset.map(remove), ...Object.entries(set).map(([name, value]) => assign(name, value))]
  return lines
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('')
}

interface Writer {
  assign(name: string, value: string): string
  remove(name: string): string
}

const POSIX: Writer = {
  assign: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  remove: (name) => `unset ${name}`,
}

const WRITERS: Record<Exclude<Shell, 'json'>, Writer> = {
  bash: POSIX,
  zsh: POSIX,
  fish: {
    assign: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
    // In every scope; a name that is not set is no error.
    remove: (name) => `set -e ${name}; or true`,
  },
  pwsh: {
    // The typographic quotes end a string in PowerShell too.
    assign: (name, value) => `$env:${name} = '${value.replace(/['‘’‚‛]/g, '$&$&')}'`,
    remove: (name) => `Remove-Item Env:${name} -ErrorAction SilentlyContinue`,
  },
  cmd: {
    assign: (name, value) => `set "${name}=${value}"`,
    remove: (name) => `set "${name}="`,
  },
  dotenv: {
    assign: (name, value) => `${name}=${dotenvValue(value)}`,
    // A file of variables cannot take one away.
    remove: () => '',
  },
}

/** Bare where that is safe, so that `docker --env-file`, which knows no quotes, can read it too. */
function dotenvValue(value: string): string {
  if (/^[\w:/.,@%+=~-]*$/.test(value)) return value
  if (!/['\n]/.test(value)) return `'${value}'`
  return `"${value.replace(/[\\"$`]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

/** The shell of a terminal, when nobody says which: by its own variable, else by the platform. */
export function guessShell(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): Shell {
  if (platform === 'win32') return env['SHELL']?.includes('bash') ? 'bash' : env['PSModulePath'] ? 'pwsh' : 'cmd'
  const name = (env['SHELL'] ?? '').split('/').pop() ?? ''
  return name === 'fish' || name === 'zsh' || name === 'pwsh' ? name : 'bash'
}
