// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { DesktopChanges, DesktopView } from '../../../shared/contract/desktop-view.ts'
import { open, pass, stopTheClock } from './fixed-day.ts'
import type { RenderedApp } from './render-app.tsx'

let app: RenderedApp
beforeEach(stopTheClock)
afterEach(async () => {
  await app.close()
  delete window.allowance
  vi.useRealTimers()
})
const field = () => document.querySelector<HTMLInputElement>('.setting-form input, .setting-form textarea')!

test('each setting says what it is and where its value comes from', async () => {
  app = await open('busy', '#/settings')
  expect(app.text()).toMatch(/Policy address.*https:\/\/policy\.acme\.dev\/\{developer\}\.json.*settings\.json/)
  expect(app.text()).toMatch(/Keep calls for.*400.*default/)
})

test('what the environment says is changed there', async () => {
  app = await open('busy', '#/settings')
  expect(app.text()).toMatch(/Proxy port.*4199ALLOWANCE_PORTChange it in the environment/)
  expect(() => app.role('button', 'Change Proxy port')).toThrow('no button')
})

test('a change is checked, written, and waits for a restart', async () => {
  app = await open('busy', '#/settings')
  await app.click(app.role('button', 'Change Keep calls for'))
  await app.type(field(), 'ninety')
  await app.click(app.role('button', 'Save'))
  expect(app.text()).toContain('Enter a whole number.')
  await app.type(field(), '90')
  await app.click(app.role('button', 'Save'))
  expect(app.api.log).toContain('set ledger.keepDays 90')
  await pass(100)
  expect(app.text()).toMatch(/Keep calls for.*90.*settings\.json · after a restart/)
  expect(app.text()).toContain('Restart the gateway to apply your changes')
})

test('what the gateway rejects is said beside the field', async () => {
  app = await open('busy', '#/settings')
  await app.click(app.role('button', 'Change Time zone'))
  await app.type(field(), 'Mars/Olympus')
  await app.click(app.role('button', 'Save'))
  expect(app.text()).toContain('"Mars/Olympus" is not an IANA time zone')
})

test('an empty field goes back to the default', async () => {
  app = await open('busy', '#/settings')
  await app.click(app.role('button', 'Change Policy address'))
  await app.click(app.role('button', 'Back to the default'))
  expect(app.api.log).toContain('unset policy.url')
})

test('in the app: notifications, quiet hours and a restart', async () => {
  let view: DesktopView = { notifications: true, quietHours: null, opensAtLogin: false, canRestart: true }
  const restartGateway = vi.fn(() => Promise.resolve(true))
  window.allowance = {
    connection: () => Promise.reject(new Error('not asked here')),
    platform: 'linux',
    desktop: () => Promise.resolve(view),
    changeDesktop: (changes: DesktopChanges) => Promise.resolve((view = { ...view, ...changes } as DesktopView)),
    restartGateway,
  }
  app = await open('busy', '#/settings')
  await app.click(app.role('switch', 'Quiet hours'))
  expect(view.quietHours).toEqual({ from: '22:00', until: '07:00' })
  await app.click(app.role('switch', 'Notifications'))
  expect(view.notifications).toBe(false)
  await app.click(app.role('button', 'Change Keep calls for'))
  await app.type(field(), '90')
  await app.click(app.role('button', 'Save'))
  await pass(100)
  await app.click(app.role('button', 'Restart now'))
  expect(restartGateway).toHaveBeenCalledOnce()
})

test('the history of agents is imported, and removed again', async () => {
  app = await open('busy', '#/settings')
  await app.click(app.role('button', 'Import history'))
  await pass(100)
  expect(app.text()).toContain(
    '1880 answers added from 42 files; 1880 imported in all, $96.42 at list price. 212 left out',
  )
  await app.click(app.role('button', 'Remove imported history'))
  await pass(100)
  expect(app.text()).toContain('1880 imported answers removed.')
})
