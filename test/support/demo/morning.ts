import { ask, nextTurn } from './actor.ts'
import type { Role } from './roles.ts'
import { seededRandom } from './seeded-random.ts'

const HOUR_MS = 3_600_000
const LONGEST_MS = 7 * HOUR_MS
const CALLS = 44
/** Nobody calls a model over lunch: between these shares of the time. */
const LUNCH = { from: 0.5, until: 0.66 }

/** How long ago the day's work began, in milliseconds: not before midnight, so that all of it counts for today. */
export function morningLengthMs(nowMs: number): number {
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0)
  return Math.min(LONGEST_MS, Math.max(0, nowMs - midnightMs - 60_000))
}

/**
 * The day until now, so that the dashboard has one to show: real calls through the gateway, one after the other at
 * once, while its clock is put forward from `lengthMs` ago to the present.
 */
export async function playMorning(
  roles: readonly Role[],
  proxy: string,
  lengthMs: number,
  setAgo: (agoMs: number) => void,
): Promise<void> {
  const random = seededRandom('morning')
  const workers = roles.filter(({ isStuck, environment }) => !isStuck && environment === 'dev')
  for (let index = 0; index < CALLS; index += 1) {
    const share = index / CALLS
    const worked = share * (1 - (LUNCH.until - LUNCH.from))
    const passed = worked < LUNCH.from ? worked : worked + LUNCH.until - LUNCH.from
    setAgo(Math.round(lengthMs * (1 - passed)))
    const role = workers[Math.floor(random() * workers.length)]
    if (role) await work(role, proxy, index, random)
  }
  setAgo(0)
}

async function work(role: Role, proxy: string, index: number, random: () => number): Promise<void> {
  const tokens = Math.round(role.firstTokens * (1.1 + 2.2 * random()))
  const answer = {
    outputTokens: Math.round(role.outputTokens * (1 + 4 * random())),
    hiddenTokens: 0,
    cachedTokens: Math.round(tokens * 0.5),
    latencyMs: 0,
  }
  const tags = {
    who: role.who,
    project: role.repository,
    branch: role.branch,
    environment: 'dev',
    session: `earlier-${index}`,
  }
  await ask(role, proxy, tags, [nextTurn(role, tokens, random)], answer)
}
