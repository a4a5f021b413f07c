import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../scripts/lib/machine.mjs'
import { type AllowanceDesktop, startAllowanceDesktop } from '../support/allowance-desktop.ts'
import { machineLacks } from '../support/machine.ts'
import { NotificationMonitor } from '../support/notification-monitor.ts'
import { screenshotFolder } from '../support/screenshots.ts'
import { sdkCalls } from '../support/sdk-calls.ts'
import { TrayWatcher } from '../support/tray-watcher.ts'

const policy = {
  schema: 1,
  version: 1,
  timezone: 'Europe/Paris',
  rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.02', per: 'day', warnAt: [0.5] }],
}

describe.skipIf(machineLacks('xvfb', 'electron', 'dbus'))('the desktop app where there is a tray', () => {
  let desktop: AllowanceDesktop
  let tray: TrayWatcher
  let notifications: NotificationMonitor
  beforeAll(async () => {
    desktop = await startAllowanceDesktop({
      policy,
      provider: { outputTokens: () => 400, inputTokens: () => 100 },
      session: { notifications: true },
      prepare: async (session) => {
        tray = await TrayWatcher.start(session)
        notifications = await NotificationMonitor.start(session)
      },
    })
  })
  afterAll(async () => {
    await notifications?.stop()
    await tray?.stop()
    await desktop?.stop()
  })

  const firstRow = (text: string) => tray.waitFor(([first]) => first?.includes(text) === true)
  const isShown = () => desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible())

  it('says in its first row what is spent today, and what quitting takes along', async () => {
    const rows = await firstRow('$0.00 of $0.0200 today')
    expect(rows[0]?.isEnabled).toBe(false)
    expect(tray.labels).toContain('Open Allowance')
    expect(tray.labels.at(-1)).toBe('Quit and Stop the Gateway')
    await sdkCalls(desktop.runtime().proxy).openai('first')
    await firstRow('$0.0043 of $0.0200 today')
  })

  it('warns by a notification when half is spent, and once more when the cap is reached', async () => {
    const { openai } = sdkCalls(desktop.runtime().proxy)
    for (let tries = 0; tries < 6; tries++) await openai('more').catch(() => null)
    await notifications.waitFor(({ title }) => title === 'Cap reached')
    const warned = await notifications.waitFor(({ title }) => title === '50 % of daily spent')
    expect(warned.body).toContain('of $0.0200')
    if (findProgram('import')) await photograph(desktop, 'desktop-notifications')
    await openai('and once more').catch(() => null)
    await tray.waitFor((labels) => labels.length > 0)
    const titles = notifications.seen.map(({ title }) => title)
    expect(titles.filter((title) => title === 'Cap reached')).toHaveLength(1)
    expect(titles.filter((title) => title === '50 % of daily spent')).toHaveLength(1)
  })

  it('hides when its window is closed, and comes back from the tray', async () => {
    await desktop.app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<void>((resolve) => {
          const window = BrowserWindow.getAllWindows()[0]
          window?.once('hide', () => resolve())
          window?.close()
        }),
    )
    expect(await isShown()).toBe(false)
    expect(desktop.runtime().pid).toBeGreaterThan(0)
    // The menu is made anew with every change of the day's spend, and a press on the one before goes nowhere: press again.
    await expect
      .poll(
        async () => {
          if (!(await isShown())) tray.press('Notices')
          return isShown()
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe(true)
    await desktop.window.getByText('Cap reached').first().waitFor()
    expect(desktop.window.url()).toMatch(/#\/notices$/)
  })

  it('says in one notification that its gateway died and is back', async () => {
    process.kill(desktop.runtime().pid, 'SIGKILL')
    const back = await notifications.waitFor(({ title }) => title === 'The gateway is back')
    expect(back.body).toContain('ended unexpectedly')
    await firstRow('today')
  })

  it('quits from the tray, with its gateway', async () => {
    const { pid } = desktop.runtime()
    await desktop.app.evaluate(({ dialog }) => {
      dialog.showMessageBox = (async () => ({ response: 0, checkboxChecked: false })) as typeof dialog.showMessageBox
    })
    const gone = desktop.app.waitForEvent('close')
    tray.press('Quit and Stop the Gateway')
    await gone
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

/** What is on the display, with notifications and panels, which no page can photograph. */
async function photograph({ session }: AllowanceDesktop, name: string): Promise<void> {
  mkdirSync(screenshotFolder, { recursive: true })
  const file = path.join(screenshotFolder, `${name}.png`)
  await promisify(execFile)('import', ['-window', 'root', file], { env: session.env })
}
