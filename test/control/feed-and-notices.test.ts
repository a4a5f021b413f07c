import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noticeSchema, type FeedItem } from '../../shared/contract/contract.ts'
import type { ControlClient } from '../../main/control/client.ts'
import { type ControlHarness, startControl } from '../support/gateway/control-harness.ts'
import { type TestView, type TestViewOptions } from '../support/gateway/control-view.ts'

let control: ControlHarness
let view: TestView
let client: ControlClient

async function start(options?: TestViewOptions): Promise<void> {
  control = await startControl(options)
  ;({ view, client } = control)
}
beforeEach(() => start())
afterEach(() => control.stop())

const query = <T>(name: string, input?: unknown) => control.query<T>(name, input)

describe('notices', () => {
  it('tell of a refusal once a rule and window', async () => {
    view.refuse()
    view.refuse()
    view.refuse({}, { rule: 'tests' })
    view.books.ledger.append({
      type: 'policy.rejected',
      source: 's',
      code: 'policy-invalid',
      message: 'the policy was rejected: x',
    })
    const notices = noticeSchema.array().parse(await query('notices'))
    expect(notices.map(({ level, title }) => [level, title])).toEqual([
      ['stop', 'Cap reached'],
      ['stop', 'Cap reached'],
      ['warn', 'A policy was rejected'],
    ])
  })
})

describe('the feed', () => {
  /** Takes items until there are `count`, then leaves. */
  function take(
    count: number,
    input: Record<string, unknown>,
    onReady = () => {},
  ): Promise<{ id: string; data: FeedItem }[]> {
    return new Promise((resolve, reject) => {
      const items: { id: string; data: FeedItem }[] = []
      const subscription = client.subscription('feed', input, {
        onStarted: onReady,
        onData: (item) => {
          items.push(item as { id: string; data: FeedItem })
          if (items.length < count) return
          subscription.unsubscribe()
          resolve(items)
        },
        onError: reject,
      })
    })
  }
  const told = (items: { data: FeedItem }[]) =>
    items.map(({ data }) =>
      data.type === 'call' ? `${data.call.state} ${data.seq}` : data.type === 'notice' ? data.notice.title : data.what,
    )

  it('tells each change of state as it happens', async () => {
    const items = await take(4, {}, () => {
      view.spend('6.00')
      view.refuse()
    })
    expect(told(items)).toEqual(['open 1', 'settled 2', 'refused 3', 'Cap reached'])
  })

  it('resumes after the last item that was seen', async () => {
    view.spend('1.00')
    const [first] = await take(1, { afterSeq: 0 })
    view.books.ledger.append({ type: 'budget.raised', rule: 'daily', amountNanos: 1, reason: 'x', untilMs: 0 })
    expect(told(await take(2, { lastEventId: first?.id }))).toEqual(['settled 2', 'budget'])
    expect(told(await take(2, { afterSeq: 0, lastEventId: '2' }))).toEqual(['budget', 'daily raised by <$0.0001'])
  })

  it('catches up by how calls stand now', async () => {
    for (let count = 0; count < 150; count += 1) view.spend('0.001')
    const items = await take(150, { afterSeq: 0 })
    expect(items.filter(({ data }) => data.type === 'call' && data.call.state === 'open').length).toBeLessThanOrEqual(
      50,
    )
    expect(items.at(-1)?.data.seq).toBeGreaterThan(200)
  })

  it('lets go when its reader leaves', async () => {
    const before = view.books.ledger.listenerCount
    await take(1, { afterSeq: 0 }, () => view.spend('0.1'))
    await expect.poll(() => view.books.ledger.listenerCount).toBe(before)
  })
})
