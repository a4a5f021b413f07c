import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { CallerFacts } from '../../core/attribution/attributors/attributor.ts'
import { cleanValue } from '../../core/attribution/values/clean-value.ts'
import { readStart } from '../home/read-start.ts'

const MAX_CONFIG_BYTES = 262_144
/** Included files may include others, and each other. */
const MAX_INCLUDE_DEPTH = 4

/** Who the developer is: as enrolled, else `user.email` of the developer's own git configuration, else the user's name. */
export async function findDeveloper(
  enrolled: string | null,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<CallerFacts['developer']> {
  const id = cleanValue(enrolled)
  if (id !== null) return { id, source: 'enrolment' }
  const email = cleanValue(await emailOfGit(environment))
  if (email !== null) return { id: email, source: 'git' }
  return { id: cleanValue(nameOfUser(environment)) ?? 'unknown', source: 'os' }
}

/** As git reads it: GIT_CONFIG_GLOBAL alone when it is set, else the XDG file, then ~/.gitconfig, which wins. */
async function emailOfGit(environment: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const home = environment['HOME'] || environment['USERPROFILE'] || null
  const own = environment['GIT_CONFIG_GLOBAL']
  if (own !== undefined) return emailIn(own, home)
  if (home === null) return null
  const xdg = join(environment['XDG_CONFIG_HOME'] || join(home, '.config'), 'git', 'config')
  return (await emailIn(join(home, '.gitconfig'), home)) ?? (await emailIn(xdg, home))
}

async function emailIn(file: string, home: string | null, depth = 0): Promise<string | null> {
  const text = (await readStart(file, MAX_CONFIG_BYTES))?.toString('utf8') ?? ''
  let section = ''
  let email: string | null = null
  for (const line of text.split('\n')) {
    const [, header, rest = ''] = /^\s*(?:\[([^\]]*)\])?\s*(.*)$/.exec(line) ?? []
    if (header !== undefined) section = header.trim().toLowerCase()
    const [, key = '', value = ''] = /^(\w+)\s*=\s*(.*)$/.exec(rest) ?? []
    if (section === 'user' && key.toLowerCase() === 'email') email = plainValue(value) || email
    if (section === 'include' && key.toLowerCase() === 'path' && depth < MAX_INCLUDE_DEPTH) {
      const included = plainValue(value).replace(/^~(?=[\\/])/, home ?? '~')
      email = (await emailIn(resolve(file, '..', included), home, depth + 1)) ?? email
    }
  }
  return email
}

/** A git value without its quotes and the comment behind it. */
function plainValue(value: string): string {
  const quoted = /^"((?:\\.|[^"\\])*)"/.exec(value)?.[1]
  return quoted !== undefined ? quoted.replace(/\\(.)/g, '$1') : value.replace(/\s*[#;].*$/, '').trim()
}

function nameOfUser(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  try {
    return userInfo().username
  } catch {
    // A container may run as a user that has no entry.
    return environment['USER'] ?? environment['USERNAME']
  }
}
