import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Policy } from '../../shared/rules/policy.ts'
import { LeaseKeeper } from '../export/shared-budgets/shared-budgets.ts'
import type { Books } from '../ledger/books/books.ts'
import { writePrivateFile } from '../platform/home/write-private-file.ts'
import type { Logger } from '../platform/system/logger.ts'
import { findSecret } from '../platform/system/stored-secret.ts'

export interface SharedBudgetsOf {
  books: Books
  policy(): Policy | null
  developer: string
  env: Readonly<Record<string, string | undefined>>
  ca: string | null
  /** Where this gateway's name on the server is kept. */
  file: string
  logger: Logger
}

/** Counts shared budgets over the server that the policy names, and follows a change of it. */
export function keepSharedBudgets(options: SharedBudgetsOf) {
  const { books, developer, env, ca, logger } = options
  let current: { key: string; keeper: LeaseKeeper } | null = null
  let changing: Promise<void> = Promise.resolve()
  return {
    /** Resolves when the keeper of what the policy names now is at work. */
    follow(): Promise<void> {
      changing = changing.then(change, change)
      return changing
    },
    close(): Promise<void> {
      changing = changing.then(end, end)
      return changing
    },
  }

  async function change(): Promise<void> {
    const policy = options.policy()
    const server = policy?.shared ?? null
    const mode = policy?.onUnavailable.shared ?? 'closed'
    const key = JSON.stringify([server, mode])
    if (server === null) return end()
    if (current?.key === key) return
    await end()
    const place = { url: server.url, ca, ...(await credentials()) }
    // Few policies name a server: for the others its client is not even read.
    const { connectRedis } = await import('../export/shared-budgets/redis-door.ts')
    const keeper = new LeaseKeeper({
      books,
      connect: (onReady) => connectRedis(place, onReady),
      gatewayId: ownName(options.file),
      developer,
      prefix: server.prefix,
      mode,
      logger,
    })
    current = { key, keeper }
    books.shareWith(keeper)
  }

  async function end(): Promise<void> {
    const before = current
    current = null
    await before?.keeper.close()
    if (before) books.shareWith(null)
  }

  async function credentials() {
    // Together: a secret store that does not answer takes its time.
    const [username, password] = await Promise.all([
      findSecret('ALLOWANCE_SHARED_USERNAME', 'shared-username', env),
      findSecret('ALLOWANCE_SHARED_PASSWORD', 'shared-password', env),
    ])
    return { username, password }
  }
}

/** The same after a restart, so that what this machine has spent is never counted twice. */
function ownName(file: string): string {
  try {
    const known = readFileSync(file, 'utf8').trim()
    if (/^[0-9a-f-]{36}$/.test(known)) return known
  } catch {
    // The first time.
  }
  const made = randomUUID()
  writePrivateFile(file, `${made}\n`)
  return made
}
