/** Whether a Node ignores `NODE_USE_ENV_PROXY`, and with it every proxy variable: below 22.21, and all of 23. Unknown: yes. */
export function needsPreload(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '').replace(/^v/, '').split('.').map(Number)
  return major < 22 || (major === 22 && minor < 21) || major === 23
}

/** `NODE_OPTIONS` with the preload at its end; what stood there stays. A path with spaces is quoted as Node reads it. */
export function withPreload(before: string | undefined, preloadPath: string): string {
  const quoted = /[\s"\\]/.test(preloadPath) ? `"${preloadPath.replace(/["\\]/g, '\\$&')}"` : preloadPath
  const option = `--require ${quoted}`
  if (before?.includes(option)) return before
  return before?.trim() ? `${before.trim()} ${option}` : option
}
