import { describe, expect, test } from 'vitest'
import { CHAT, MESSAGES, read, type To } from '../request-to.ts'

const CONVERSE: To = ['bedrock', '/model/anthropic.claude-sonnet-4-5/converse']
const OPENROUTER: To = ['openrouter', '/api/v1/chat/completions']
const HOUR = { cache_control: { type: 'ephemeral', ttl: '1h' } }
const MARK = { cache_control: { type: 'ephemeral' } }
const POINT = { cachePoint: { type: 'default' } }

const turn = (...content: unknown[]) => [{ role: 'user', content }]
const said = { type: 'text', text: 'hello' }
const tool = { type: 'function', function: { name: 'f', parameters: {} } }

describe('where a client asks for its prompt to be cached', () => {
  test.each<[string, To, object, (string | null)[]]>([
    ['on a block', MESSAGES, { messages: turn({ ...said, ...HOUR }) }, ['1h']],
    ['on the whole request', MESSAGES, { ...HOUR, messages: [...turn(said), ...turn(said)] }, [null, '1h']],
    ['on a tool', MESSAGES, { tools: [{ name: 'f', ...MARK }, { name: 'g' }], messages: turn(said) }, ['5m', null]],
    ['on nothing', MESSAGES, { messages: turn(said) }, [null]],
    ['on a part, in the shape of chat', OPENROUTER, { messages: turn({ ...said, ...MARK }) }, ['5m']],
    ['on a message, in the shape of chat', CHAT, { messages: [{ ...turn(said)[0], ...MARK }] }, ['5m']],
    ['on the whole request, in the shape of chat', OPENROUTER, { ...MARK, messages: turn(said) }, ['5m']],
    ['on a tool, in the shape of chat', CHAT, { tools: [{ ...tool, ...MARK }], messages: turn(said) }, ['5m', null]],
    ['by a point in a message', CONVERSE, { messages: turn({ text: 'hello' }, POINT) }, ['5m']],
    [
      'by a point among the tools',
      CONVERSE,
      { toolConfig: { tools: [{ toolSpec: { name: 'f' } }, POINT] }, messages: turn({ text: 'hello' }) },
      ['5m', null],
    ],
  ])('%s', (_name, to, body, expected) => {
    const { request } = read(to, { model: 'claude-sonnet-4-5', ...body })
    expect(request.messages.map(({ cacheBreakpoint }) => cacheBreakpoint)).toEqual(expected)
  })

  test('a mark on the whole request leaves the messages of the turn before as they were', () => {
    const body = { messages: turn(said) }
    read(MESSAGES, { ...body, ...HOUR })
    expect(read(MESSAGES, body).request.messages).toMatchObject([{ cacheBreakpoint: null }])
  })
})
