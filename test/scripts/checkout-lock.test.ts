import { expect, test } from 'vitest'
import { withCheckoutLock } from '../../scripts/lib/checkout-lock.mjs'

test('work of one name is done one after the other, and a failure gives the lock back', async () => {
  const name = `testing-${process.pid}`
  const log: string[] = []
  let finish = () => {}
  const first = withCheckoutLock(name, async () => {
    log.push('first begins')
    await new Promise<void>((resolve) => (finish = resolve))
    log.push('first ends')
    throw new Error('it failed')
  })
  const second = withCheckoutLock(name, async () => {
    log.push('second')
    return 2
  })
  finish()
  await expect(first).rejects.toThrow('it failed')
  expect(await second).toBe(2)
  expect(log).toEqual(['first begins', 'first ends', 'second'])
})
