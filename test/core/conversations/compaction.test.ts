import { describe, expect, test } from 'vitest'
import { isCompaction } from '../../../main/core/conversations/compaction.ts'
import { request } from './requests.ts'

const HISTORY = ['tools: bash', 'system: You are a coding agent.', 'user: fix it', 'assistant!bash: ls', 'tool: files']
const compacts = (...last: string[]) => isCompaction(request([...HISTORY, ...last]))

describe('agents that ask for a shorter history', () => {
  test.each([
    ['Claude Code', 'Your task is to create a detailed summary of the conversation so far, paying attention to'],
    ['Codex', 'You are performing a CONTEXT CHECKPOINT COMPACTION. Create a handoff summary for another LLM that will'],
    ['Gemini CLI', 'Generate a new <state_snapshot> based on the provided history.'],
    [
      'Cline',
      'The current conversation is rapidly running out of context. Create a comprehensive summary of the conversation.',
    ],
    ['aider', '*Briefly* summarize this partial conversation about programming.'],
    [
      'LangChain',
      'Distill the above chat messages into a single summary message. Include as many details. Chat history:',
    ],
  ])('%s', (_agent, question) => {
    expect(compacts(`user: ${question}`)).toBe(true)
  })

  test('the question may stand at the end of a history that is one long text', () => {
    const text = `Here is all of it: ${'a word '.repeat(5_000)}. Create a new anchored summary from the conversation history`
    expect(isCompaction(request([`user: ${text} in the tags above.\n${'- Keep every section.\n'.repeat(100)}`]))).toBe(
      true,
    )
  })

  test('a system prompt says so where no tools are offered', () => {
    const lines = [
      'system: You distill chat history into a <state_snapshot>.',
      'user: fix it',
      'assistant: done',
      'user: now',
    ]
    expect(isCompaction(request(lines))).toBe(true)
    expect(isCompaction(request(['tools: bash', ...lines]))).toBe(false)
  })

  test('the API has a request or an item of its own for it', () => {
    expect(isCompaction(request(HISTORY, { compacts: true }))).toBe(true)
  })
})

describe('work', () => {
  test.each([
    [['user: Go on.']],
    [['user: Summarise the file README.md.']],
    [['user: Compact the database, then look at its history.']],
    // What a tool read is no question, whatever it says.
    [['assistant!bash: cat notes', 'tool: Create a detailed summary of the conversation so far.']],
    [['user: Create a summary of the conversation so far.', 'assistant: It began with a bug.', 'user: Now fix it.']],
    [['user: Create a summary of the conversation so far.', 'assistant!bash: ls', 'tool: files']],
  ])('%j', (last) => {
    expect(compacts(...last)).toBe(false)
  })

  test('an agent that explains in its system prompt that it compacts is at work all the same', () => {
    const lines = [
      'tools: bash',
      'system: The conversation has no limit, through summarization of its history.',
      'user: Go on.',
    ]
    expect(isCompaction(request(lines))).toBe(false)
  })

  test('nothing is asked of an empty history', () => {
    expect(isCompaction(request([]))).toBe(false)
  })
})
