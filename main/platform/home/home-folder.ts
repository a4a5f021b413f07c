import { homedir } from 'node:os'
import path from 'node:path'

/**
 * Where the home is: `ALLOWANCE_HOME`, else what the operating system's convention says. Touches nothing, and stands
 * by itself because the status line has no time to load more.
 */
export function resolveHomeFolder(env: Record<string, string | undefined>, platform: NodeJS.Platform): string {
  if (env.ALLOWANCE_HOME) return path.resolve(env.ALLOWANCE_HOME)
  const user = env.HOME || env.USERPROFILE || homedir()
  if (platform === 'win32') return path.join(env.LOCALAPPDATA || path.join(user, 'AppData', 'Local'), 'Allowance')
  if (platform === 'darwin') return path.join(user, 'Library', 'Application Support', 'Allowance')
  return path.join(env.XDG_DATA_HOME || path.join(user, '.local', 'share'), 'allowance')
}
