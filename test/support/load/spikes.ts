import type Anthropic from '@anthropic-ai/sdk'
import type OpenAI from 'openai'
import type { FakeBehaviour } from '../providers/fake-provider.ts'

/** One session of a project: whoever plays it knows no more than what to send. */
export interface Player {
  openai: OpenAI
  anthropic: Anthropic
}

/** A kind of spike, what it is called by whoever made it, and what the screen has to say of it. */
export interface Spike {
  label: string
  heading: string
  /** What only this spike has, and its explanation must name. */
  clue: RegExp
  play(player: Player): Promise<void>
}

/** Tokens that the far end bills for, said in the request itself: `size 6000 cached 5500`. */
const billed = (text: string, name: string) => Number(new RegExp(`${name} (\\d+)`).exec(text)?.[1] ?? 0)
const lastText = (texts: readonly string[]) => texts.filter((text) => text.includes('size ')).at(-1) ?? ''
export const SAID: Partial<FakeBehaviour> = {
  outputTokens: () => 60,
  latencyMs: () => 0,
  inputTokens: ({ texts }) => billed(lastText(texts), 'size'),
  cachedTokens: ({ texts }) => billed(lastText(texts), 'cached'),
}

export const MINI = 'gpt-4o-mini'
const DEAR = 'gpt-4'
const CLAUDE = 'claude-3-5-haiku-20241022'

interface Step {
  tool: string
  result: string
}

async function ask(client: OpenAI, content: string, model = MINI): Promise<void> {
  await client.chat.completions.create({ model, messages: [{ role: 'user', content }] })
}

/** An agent's turns: each sends all that was before it and one more step. */
async function agent(client: OpenAI, task: string, steps: readonly Step[]): Promise<void> {
  for (let turns = 0; turns <= steps.length; turns += 1)
    await client.chat.completions.create({
      model: MINI,
      messages: [
        { role: 'user', content: task },
        ...steps.slice(0, turns).flatMap(({ tool, result }, turn): OpenAI.ChatCompletionMessageParam[] => [
          {
            role: 'assistant',
            tool_calls: [{ id: `t${turn}`, type: 'function', function: { name: tool, arguments: '{}' } }],
          },
          { role: 'tool', tool_call_id: `t${turn}`, content: result },
        ]),
      ],
    })
}

async function claude(client: Anthropic, task: string, steps: readonly Step[]): Promise<void> {
  for (let turns = 0; turns <= steps.length; turns += 1)
    await client.messages.create({
      model: CLAUDE,
      max_tokens: 500,
      messages: [
        { role: 'user', content: task },
        ...steps.slice(0, turns).flatMap(({ tool, result }, turn): Anthropic.MessageParam[] => [
          { role: 'assistant', content: [{ type: 'tool_use', id: `t${turn}`, name: tool, input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${turn}`, content: result }] },
        ]),
      ],
    })
}

const times = <Item>(count: number, make: (index: number) => Item) => Array.from({ length: count }, (_, at) => make(at))
/** The same steps round and round, each with the same end. */
const cycle = (tools: readonly string[], rounds: number): Step[] =>
  times(tools.length * rounds, (at) => ({
    tool: tools[at % tools.length]!,
    result: `${tools[at % tools.length]} ended. size 6000 cached 5900`,
  }))
/** Steps that each do something else. */
const progress = (count: number, size: (at: number) => number, cached: (at: number) => number): Step[] =>
  times(count, (at) => ({
    tool: ['read', 'edit', 'search'][at % 3]!,
    result: `${FINDINGS[at % FINDINGS.length]} in part ${at}. size ${size(at)} cached ${cached(at)}`,
  }))
const FINDINGS = [
  'a parser of dates',
  'the invoice table',
  'two unused imports',
  'a race in the queue',
  'the retry loop',
]

export const SPIKES: Spike[] = [
  {
    label: 'one tool without end',
    heading: 'A loop',
    clue: /reticulate/,
    play: ({ openai }) => agent(openai, 'make it work. size 6000 cached 0', cycle(['reticulate'], 9)),
  },
  {
    label: 'two tools in turn',
    heading: 'A loop',
    clue: /unspool.*respool|respool.*unspool/,
    play: ({ openai }) => agent(openai, 'wind it up. size 6000 cached 0', cycle(['unspool', 'respool'], 6)),
  },
  {
    label: 'three tools in turn',
    heading: 'A loop',
    clue: /lint_docs/,
    play: ({ openai }) =>
      agent(openai, 'tidy up. size 6000 cached 0', cycle(['lint_docs', 'fix_docs', 'list_docs'], 5)),
  },
  {
    label: 'a loop in another dialect',
    heading: 'A loop',
    clue: /poke_server/,
    play: ({ anthropic }) => claude(anthropic, 'is it up? size 6000 cached 0', cycle(['poke_server'], 9)),
  },
  {
    label: 'a cache that keeps nothing',
    heading: 'The cache was missed',
    clue: /tokens paid for again/,
    play: ({ openai }) =>
      agent(
        openai,
        'port it. size 9000 cached 0',
        progress(
          7,
          (at) => 9_500 + at * 500,
          () => 0,
        ),
      ),
  },
  {
    label: 'a cache that keeps nothing, in another dialect',
    heading: 'The cache was missed',
    clue: /tokens paid for again/,
    play: ({ anthropic }) =>
      claude(
        anthropic,
        'port it too. size 9000 cached 0',
        progress(
          7,
          (at) => 9_500 + at * 500,
          () => 0,
        ),
      ),
  },
  {
    label: 'a history that swells',
    heading: 'A growing context',
    clue: /\d+k → 6\dk tokens/,
    play: ({ openai }) =>
      agent(
        openai,
        'read all of it. size 5000 cached 0',
        progress(
          8,
          (at) => 12_000 + at * 7_000,
          (at) => at * 7_000 + 4_500,
        ),
      ),
  },
  {
    label: 'many at once',
    heading: 'Many at a time',
    clue: /\d+ at a time/,
    play: async ({ openai }) => {
      await Promise.all(times(12, (at) => ask(openai, `label picture ${at}. size 4000 cached 0`)))
    },
  },
  {
    label: 'an expensive model',
    heading: 'An expensive model',
    clue: /gpt-4 costs/,
    play: async ({ openai }) => {
      await ask(openai, 'think about the roof. size 3000 cached 0', DEAR)
      await ask(openai, 'write a poem. size 3000 cached 0', DEAR)
    },
  },
  {
    label: 'one question after the other',
    heading: 'Many calls',
    clue: /14 calls in all/,
    play: async ({ openai }) => {
      for (let at = 0; at < 14; at += 1) await ask(openai, `summarize ticket ${at}. size 3000 cached 0`)
    },
  },
  {
    label: 'one that is huge',
    heading: 'A single call',
    clue: /1 call in all/,
    play: ({ openai }) => ask(openai, 'all the logs of the year. size 110000 cached 0'),
  },
]
