import { runProgram } from '../process/run-program.ts'

/** What asks a system's secret store for one secret of ours; nothing where there is no program that can. */
const STORES: Partial<Record<NodeJS.Platform, (name: string) => [program: string, args: string[]]>> = {
  linux: (name) => ['secret-tool', ['lookup', 'service', 'allowance', 'name', name]],
  darwin: (name) => ['/usr/bin/security', ['find-generic-password', '-s', 'allowance', '-a', name, '-w']],
}

/**
 * A secret that stands in no document: from its environment variable, else from the keychain (macOS) or the Secret
 * Service (Linux). Null where neither has it.
 */
export async function findSecret(
  variable: string,
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): Promise<string | null> {
  const given = env[variable]
  if (given !== undefined && given !== '') return given
  const asking = STORES[platform]?.(name)
  if (!asking) return null
  const found = (await runProgram(...asking)).replace(/\r?\n$/, '')
  return found === '' ? null : found
}
