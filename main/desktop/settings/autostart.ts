import path from 'node:path'

/** The argument that an app opened at login gets: it goes to the tray without a window. */
export const HIDDEN_ARGUMENT = '--hidden'

/** Where a Linux desktop looks for what it starts (Desktop Application Autostart specification). */
export function autostartFile(env: NodeJS.ProcessEnv): string {
  const config = env.XDG_CONFIG_HOME || path.join(env.HOME ?? '', '.config')
  return path.join(config, 'autostart', 'allowance.desktop')
}

/** A desktop entry that runs `executable`; the quoting is that of the Desktop Entry specification. */
export function autostartEntry(executable: string): string {
  const quoted = `"${executable.replace(/[\\"`$]/g, '\\$&').replaceAll('%', '%%')}"`
  return ['[Desktop Entry]', 'Type=Application', 'Name=Allowance', `Exec=${quoted} ${HIDDEN_ARGUMENT}`, ''].join('\n')
}
