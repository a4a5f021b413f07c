/**
 * What one more step costs a thread whose history has 200,000 tokens: measuring what is new in it, and judging the run.
 *
 *   npx -y tsx test/bench/novelty.ts
 */
import { createNovelty } from '../../main/core/conversations/novelty.ts'
import type { PromptMessage } from '../../main/core/providers/types/provider.ts'
import { message } from '../core/conversations/requests.ts'
import { hash } from '../support/load/agent-calls.ts'

const WORDS = Array.from({ length: 5_000 }, (_, n) => `w${((n * 7919) % 99_991).toString(36)}`)
let seed = 1
const word = () => WORDS[(seed = (seed * 48_271) % 2_147_483_647) % WORDS.length] ?? ''
const text = (words: number) => Array.from({ length: words }, word).join(' ')

const novelty = createNovelty(hash)
const messages: PromptMessage[] = ['system: you are an agent', `user: ${text(50)}`].map(message)
const fingerprints = messages.map((_, n) => `m${n}`)
const spent: number[] = []
for (let turn = 0; turn < 1_000; turn += 1) {
  messages.push(message(`assistant!run {"command":"${text(20)}"}`), message(`tool: ${text(120)}`))
  fingerprints.push(`a${turn}`, `t${turn}`)
  const began = performance.now()
  const found = novelty.step({ thread: 't', messages, fingerprints, stored: null })
  spent.push(performance.now() - began)
  if (found) novelty.answered('t', found.key, novelty.spokenOf([]))
}
const late = spent.slice(-200).sort((a, b) => a - b)
console.log(
  `${messages.length} messages, about ${Math.round(messages.reduce((sum, one) => sum + one.text.length, 0) / 4 / 1_000)}k tokens: ` +
    `median ${late[100]?.toFixed(3)} ms a step, p99 ${late[198]?.toFixed(3)} ms`,
)
