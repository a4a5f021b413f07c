import { setTimeout as delay } from 'node:timers/promises'
import { filler } from '../providers/fake/filler.ts'
import { DIALECTS, type Turn } from './dialects.ts'
import { ANSWER_HEADER, type Answer } from './provider.ts'
import type { Role } from './roles.ts'
import { seededRandom } from './seeded-random.ts'

/** After a refusal somebody tries again: when the cap was raised meanwhile, the work goes on. */
const TRY_AGAIN_MS = 9_000

/** Plays a role against the gateway until the process ends, or for good once its loop was stopped. */
export async function playRole(role: Role, proxy: string, speed: number): Promise<void> {
  await delay(role.entersAfterMs / speed)
  await Promise.all(Array.from({ length: role.parallel }, (_, index) => converse(role, proxy, speed, index)))
}

async function converse(role: Role, proxy: string, speed: number, index: number): Promise<void> {
  const random = seededRandom(`${role.name} ${index}`)
  const varied = (amount: number) => Math.round(amount * (0.75 + random() / 2))
  let session = 1
  let turns: Turn[] = []
  let sentTokens = 0
  for (;;) {
    const isFirst = turns.length === 0
    turns.push(
      nextTurn(
        role,
        isFirst ? varied(role.firstTokens) : role.isStuck ? role.turnTokens : varied(role.turnTokens),
        random,
      ),
    )
    const answer: Answer = {
      outputTokens: varied(role.outputTokens),
      hiddenTokens: varied(role.hiddenTokens),
      cachedTokens: role.isCached ? sentTokens : 0,
      latencyMs: varied(role.answerMs) / speed,
    }
    const tags = {
      who: role.who,
      environment: role.environment,
      session: `${role.name.replaceAll(' ', '-')}-${session}`,
    }
    const outcome = await ask(role, proxy, tags, turns, answer)
    if (outcome === 'loop-detected') return
    if (outcome === 'answered') sentTokens = turns.reduce((sum, turn) => sum + tokensOf(turn), 0)
    else turns.pop()
    if (sentTokens > role.longestTokens) {
      turns = []
      sentTokens = 0
      session += 1
    }
    await delay((outcome === 'answered' ? varied(role.thinkMs) : TRY_AGAIN_MS) / speed)
  }
}

export function nextTurn(role: Role, tokens: number, random: () => number): Turn {
  const from = Math.floor(random() * 12)
  // Every question is about something else; nobody's real work asks the same twice.
  const topic = Math.floor(random() * 36 ** 6).toString(36)
  const ask =
    role.isStuck && tokens === role.turnTokens
      ? 'That did not work. Try again.'
      : `About ${topic}:${filler(from, tokens)}`
  const tool = role.isStuck
    ? {
        name: 'run_tests',
        arguments: { path: 'test/invoice.test.ts' },
        result: `FAIL test/invoice.test.ts${filler(0, 40)}`,
      }
    : null
  return { ask, answer: filler(from, role.outputTokens), tool }
}

function tokensOf({ ask, answer }: Turn): number {
  return ask.split(' ').length + answer.split(' ').length
}

/** One call, its answer read to the end. `answered`, or the code of the refusal. */
export async function ask(
  role: Role,
  proxy: string,
  tags: Record<string, string>,
  turns: readonly Turn[],
  answer: Answer,
): Promise<string> {
  const dialect = DIALECTS[role.dialect]
  const prefix = Object.entries(tags).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  const response = await fetch(`${proxy}/@${prefix.join(',')}${dialect.path(role.model, role.stream)}`, {
    method: 'POST',
    headers: {
      ...dialect.headers,
      'content-type': 'application/json',
      'user-agent': role.userAgent ?? 'node',
      [ANSWER_HEADER]: JSON.stringify(answer),
    },
    body: JSON.stringify(dialect.body(role.model, role.stream, turns)),
  })
  const text = await response.text()
  if (response.ok) return 'answered'
  return /"code":\s*"([a-z]+(?:-[a-z]+)+)"/.exec(text)?.[1] ?? `status ${response.status}`
}
