import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { guardNamed } from '../../../main/core/policy/guards/registry.ts'
import { temporaryHome } from '../../../main/platform/home/paths.ts'
import type { Role } from './roles.ts'

const RULES = [
  { id: 'daily', guard: 'spend-cap', limitUsd: '5.00', per: 'day', warnAt: [0.5, 0.8, 0.95] },
  { id: 'tests', guard: 'spend-cap', limitUsd: '0.50', per: 'day', scope: { environment: ['test', 'ci'] } },
  { id: 'month', guard: 'spend-cap', limitUsd: '80.00', per: 'month' },
  { id: 'tokens', guard: 'token-cap', limitTokens: 20_000_000, per: 'day' },
  { id: 'loop', guard: 'loop', repeats: 5, within: '5 minutes', action: 'deny' },
  { id: 'context', guard: 'context-cap', limitTokens: 150_000 },
]

const POLICY = {
  schema: 1,
  version: 1,
  org: 'demo',
  timezone: 'local',
  rules: RULES.filter(({ guard }) => guardNamed(guard) !== null),
  raise: { upToUsd: '1.00', perDay: 3 },
}

/** A home and repositories that last as long as the demo, in one folder of their own. */
export interface Stage {
  home: string
  policyFile: string
  folderOf(role: Role): string
  /** What a role's process runs, and by which it is known. */
  scriptOf(role: Role): string
  remove(): void
}

export function setStage(roles: readonly Role[], program: string): Stage {
  const { home, remove } = temporaryHome()
  const policyFile = path.join(home, 'demo-policy.json')
  writeFileSync(policyFile, JSON.stringify(POLICY, null, 2))
  const folderOf = ({ repository }: Role) => path.join(home, 'demo-repositories', repository)
  const scriptOf = (role: Role) => path.join(folderOf(role), role.script)
  for (const role of roles) {
    makeRepository(folderOf(role), role.branch)
    mkdirSync(path.dirname(scriptOf(role)), { recursive: true })
    writeFileSync(scriptOf(role), `require(${JSON.stringify(program)})\n`)
  }
  return { home, policyFile, folderOf, scriptOf, remove }
}

/** As much of a repository as tells project and branch: the gateway reads these files, it runs no git. */
function makeRepository(folder: string, branch: string): void {
  mkdirSync(path.join(folder, '.git'), { recursive: true })
  writeFileSync(path.join(folder, '.git', 'HEAD'), `ref: refs/heads/${branch}\n`)
}
