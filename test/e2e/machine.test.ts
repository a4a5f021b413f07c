import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/desktop/chromium.ts'
import { startDesktopSession, type DesktopSession } from '../support/desktop/display.ts'
import { launchElectronApp } from '../support/desktop/electron-app.ts'
import { machineLacks } from '../support/gateway/machine.ts'

const appPath = fileURLToPath(new URL('../fixtures/electron-app', import.meta.url))

const closers: Array<() => unknown> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function session(options?: Parameters<typeof startDesktopSession>[0]): Promise<DesktopSession> {
  const started = await startDesktopSession(options)
  closers.push(() => started.stop())
  return started
}

describe.skipIf(machineLacks('xvfb', 'electron'))('the Electron that end-to-end tests open', () => {
  it('opens an app folder, shows its window and takes a click', async () => {
    const app = await launchElectronApp(await session(), { appPath })
    closers.push(() => app.close())
    const window = await app.firstWindow()
    await window.getByRole('button', { name: 'press' }).click()
    expect(await window.getByRole('button').textContent()).toBe('pressed')
    expect(await app.evaluate(({ app: running }) => [running.getVersion(), running.isPackaged])).toEqual([
      '1.2.3',
      false,
    ])
  })

  it.skipIf(machineLacks('dbus'))('shows notifications and keeps secrets where a desktop offers both', async () => {
    const app = await launchElectronApp(await session({ notifications: true, keyring: true }), { appPath })
    closers.push(() => app.close())
    await app.firstWindow()
    type Fixture = { fixture: { notify(): Promise<string>; canKeepSecrets(): boolean } }
    expect(await app.evaluate(() => (globalThis as unknown as Fixture).fixture.notify())).toBe('shown')
    expect(await app.evaluate(() => (globalThis as unknown as Fixture).fixture.canKeepSecrets())).toBe(true)
  })
})

describe.skipIf(machineLacks('chromium'))('the browser that end-to-end tests open', () => {
  it('shows a page of this machine and reaches no other', async () => {
    const server = createServer((_request, response) => response.end('<title>here</title>')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const browser = await launchChromium()
    closers.push(() => browser.close())
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    expect(await page.title()).toBe('here')
    await expect(page.goto('http://allowance.test/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED')
  })
})
