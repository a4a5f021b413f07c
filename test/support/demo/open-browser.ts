import { spawn } from 'node:child_process'

/** Opens a link in the default browser where somebody sits before a screen. True if that was tried. */
export function openBrowser(url: string): boolean {
  const { platform, env, stdout } = process
  const hasScreen = platform === 'darwin' || platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  if (!hasScreen || !stdout.isTTY || env.CI || env.SSH_CONNECTION) return false
  const [command, ...args] = { darwin: ['open'], win32: ['rundll32', 'url.dll,FileProtocolHandler'] }[
    platform as string
  ] ?? ['xdg-open']
  const child = spawn(command as string, [...args, url], { stdio: 'ignore', detached: true })
  // The link stands in the terminal all the same.
  child.on('error', () => {})
  child.unref()
  return true
}
