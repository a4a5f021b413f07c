import { describe, expect, it } from 'vitest'
import { NoticeGate } from '../../../main/desktop/notifications/notice-gate.ts'

describe('the gate of notices', () => {
  it('lets each key through once', () => {
    const gate = new NoticeGate([], () => {})
    expect(gate.admits({ level: 'warn', key: 'daily@0.8' })).toBe(true)
    expect(gate.admits({ level: 'warn', key: 'daily@0.8' })).toBe(false)
    expect(gate.admits({ level: 'stop', key: 'daily' })).toBe(true)
  })

  it('remembers over restarts', () => {
    let kept: string[] = []
    new NoticeGate(['old'], (keys) => (kept = keys)).admits({ level: 'stop', key: 'daily' })
    expect(kept).toEqual(['old', 'daily'])
    expect(new NoticeGate(kept, () => {}).admits({ level: 'stop', key: 'daily' })).toBe(false)
  })

  it('leaves mere information to the notification centre', () => {
    expect(new NoticeGate([], () => {}).admits({ level: 'info', key: 'a' })).toBe(false)
  })

  it('forgets the oldest first, and stays small', () => {
    let kept: string[] = []
    const gate = new NoticeGate([], (keys) => (kept = keys))
    for (let index = 0; index < 201; index++) gate.admits({ level: 'warn', key: String(index) })
    expect(kept).toHaveLength(200)
    expect(kept[0]).toBe('1')
  })
})
