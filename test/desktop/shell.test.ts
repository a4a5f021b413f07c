import { EventEmitter, once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import type { FeedItem, Notice } from '../../shared/contract/contract.ts'
import type { GatewayChild } from '../../main/desktop/gateway/gateway-host.ts'
import type { GatewayAddress } from '../../main/desktop/gateway/gateway-state.ts'
import type { GatewayClient } from '../../main/desktop/gateway/gateway-watch.ts'
import { NoticeGate } from '../../main/desktop/notifications/notice-gate.ts'
import type { NotificationText } from '../../main/desktop/notifications/notifications.ts'
import { Shell } from '../../main/desktop/shell.ts'
import { statusOf } from './status.ts'

const address: GatewayAddress = { proxy: 'http://127.0.0.1:1', control: 'http://127.0.0.1:2', token: 't', pid: 1 }
const notice: Notice = {
  seq: 7,
  at: '2026-11-23T12:00:00Z',
  level: 'warn',
  title: '80 % of today is spent',
  body: '$8.00 of $10.00',
  callId: null,
  key: 'daily@0.8',
}

let shell: Shell | null = null
afterEach(() => shell?.stop())

/** A shell whose gateway is played by the test. */
function shellOf(options: { isOurs?: boolean; graceMs?: number; backoffMs?: number } = {}) {
  const heard = new EventEmitter()
  const notifications: NotificationText[] = []
  const feeds: Array<{ onItem: (item: FeedItem) => void; onLost: () => void }> = []
  const children: EventEmitter[] = []
  const orders: string[] = []
  let status = statusOf()
  const client: GatewayClient = {
    status: async () => status,
    feed: (observer) => {
      feeds.push(observer)
      heard.emit('feed')
      return () => {}
    },
    setPaused: async (isPaused) => {
      if (isPaused) throw new Error('the policy does not allow it')
    },
    setKilled: async (isKilled) => {
      if (!isKilled) throw new Error('not from here')
      orders.push('killed')
    },
    answer: async (callId, answer) => {
      if (callId === 'gone') throw new Error('call gone is not waiting for an answer')
      orders.push(`${callId} ${answer}`)
    },
  }
  const gate = new NoticeGate([], () => {})
  shell = new Shell({
    findRunning: async () => (options.isOurs ? null : address),
    startChild: () => {
      const child = new EventEmitter()
      children.push(child)
      setImmediate(() => child.emit('message', { type: 'ready', ...address }))
      return playedBy(child)
    },
    connect: () => client,
    onChange: (changed) => heard.emit('change', changed.view),
    notify: (text) => {
      notifications.push(text)
      heard.emit('notify')
    },
    admitsNotice: (one) => gate.admits(one),
    backoffMs: () => options.backoffMs ?? 1,
    graceMs: options.graceMs ?? 60_000,
  })
  const says = async (sentence: string) => {
    while (shell?.view.sentence !== sentence) await once(heard, 'change')
  }
  return {
    shell,
    heard,
    notifications,
    orders,
    feeds,
    children,
    says,
    setStatus: (next: typeof status) => (status = next),
  }
}

function playedBy(child: EventEmitter): GatewayChild {
  return {
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', listener),
    send: () => setImmediate(() => child.emit('exit', 0)),
    kill: () => child.emit('exit', 9),
  }
}

describe('the shell', () => {
  it("says what the gateway says, and follows it as calls change what's spent", async () => {
    const { shell: ours, feeds, says, setStatus } = shellOf()
    await ours.start()
    await says('$2.50 of $10.00 today, resets 00:00 Europe/Paris')
    setStatus(statusOf({ sentence: '$9.00 of $10.00 today' }))
    feeds[0]?.onItem({ type: 'changed', seq: 1, what: 'budget' })
    await says('$9.00 of $10.00 today')
    expect(ours.view.ratio).toBe(0.25)
  })

  it('shows each notice once', async () => {
    const { shell: ours, feeds, notifications } = shellOf()
    await ours.start()
    for (const seq of [7, 8]) feeds[0]?.onItem({ type: 'notice', seq, notice: { ...notice, seq } })
    expect(notifications).toEqual([
      { title: '80 % of today is spent', body: '$8.00 of $10.00', isUrgent: false, actions: [] },
    ])
  })

  it('offers what can be done about a notice: more of a cap, and the call it is about', async () => {
    const { shell: ours, feeds, notifications } = shellOf()
    await ours.start()
    const about = { ...notice, key: 'refused:daily', about: 'cap' as const, callId: 'call 1' }
    feeds[0]?.onItem({ type: 'notice', seq: 9, notice: about })
    expect(notifications[0]).toMatchObject({
      actions: [
        { label: 'Raise…', hash: '#/overview?raise' },
        { label: 'Show Call', hash: '#/calls/call%201' },
      ],
    })
  })

  it('opens the feed again when only the connection broke', async () => {
    const { shell: ours, heard, feeds } = shellOf()
    await ours.start()
    const again = once(heard, 'feed')
    feeds[0]?.onLost()
    await again
    expect(feeds).toHaveLength(2)
  })

  it('says in one message that its gateway died and is back', async () => {
    const { shell: ours, children, notifications, heard, says } = shellOf({ isOurs: true })
    await ours.start()
    await says(statusOf().sentence)
    const back = once(heard, 'notify')
    children[0]?.emit('exit', 11)
    await back
    await says(statusOf().sentence)
    const body = 'The gateway stopped unexpectedly (exit code 11). It was restarted immediately.'
    expect(notifications).toEqual([{ title: 'The gateway is back', body, isUrgent: false }])
  })

  it('says when there is no gateway for long, and when there is one again', async () => {
    const { shell: ours, children, notifications, heard, says } = shellOf({ isOurs: true, graceMs: 0, backoffMs: 20 })
    await ours.start()
    await says(statusOf().sentence)
    const told = once(heard, 'notify')
    children[0]?.emit('exit', 11)
    await told
    expect(notifications[0]).toMatchObject({ title: 'Nothing is metered right now', isUrgent: true })
    await once(heard, 'notify')
    expect(notifications[1]).toMatchObject({ title: 'The gateway is back', body: 'Calls are metered again.' })
  })

  it('says when a pause did not happen', async () => {
    const { shell: ours, notifications } = shellOf()
    await ours.start()
    await ours.setPaused(true)
    expect(notifications).toEqual([
      { title: 'Traffic is not paused', body: 'the policy does not allow it', isUrgent: true },
    ])
  })

  it('passes on the kill switch and answers, and says when they did not take', async () => {
    const { shell: ours, orders, notifications } = shellOf()
    await ours.start()
    await ours.setKilled(true)
    await ours.answer('call-1', '30m')
    expect(orders).toEqual(['killed', 'call-1 30m'])
    expect(notifications).toEqual([])
    await ours.setKilled(false)
    await ours.answer('gone', 'once')
    expect(notifications.map(({ title }) => title)).toEqual([
      'The kill switch is still on',
      'The question was not answered',
    ])
  })
})
