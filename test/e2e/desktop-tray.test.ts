import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram } from '../../scripts/lib/machine.mjs'
import { type AllowanceDesktop, startAllowanceDesktop } from '../support/desktop/allowance-desktop.ts'
import { hasEnded } from '../support/child-process.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { NotificationMonitor } from '../support/desktop/notification-monitor.ts'
import { screenshotFolder } from '../support/desktop/screenshots.ts'
import { sdkCalls } from '../support/load/sdk-calls.ts'
import { TrayWatcher } from '../support/desktop/tray-watcher.ts'

const policy = {
  schema: 1,
  version: 1,
  timezone: 'Europe/Paris',
  rules: [
    { id: 'daily', guard: 'spend-cap', limitUsd: '0.02', per: 'day', warnAt: [0.5] },
    { id: 'ask-first', guard: 'call-cap', limitUsd: '0.000001', scope: { model: 'claude-*' }, action: 'ask' },
  ],
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

  /** The menu is made anew with every change of the day's spend, and a press on the one before goes nowhere: press again. */
  const pressUntil = (label: string, isDone: () => boolean | undefined | Promise<boolean | undefined>) =>
    expect
      .poll(
        async () => {
          if (!(await isDone())) tray.press(label)
          return isDone()
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe(true)

  it('asks what a call waits for, and lets it go on', async () => {
    let isAnswered = false
    // In CI nobody is asked: here a developer is played.
    const call = sdkCalls(`${desktop.runtime().proxy}/@environment=dev`)
      .anthropic('may I?')
      .finally(() => (isAnswered = true))
    const labels = await tray.waitFor((rows) => rows.includes('Once'))
    expect(labels.map(({ label }) => label)).toContain('For 30 Minutes')
    await pressUntil('Once', () => isAnswered)
    expect((await call).usage.output_tokens).toBe(400)
    await tray.waitFor((rows) => !rows.includes('Once'))
  })

  it('pauses and resumes, and stops everything after it was asked whether that is meant', async () => {
    await pressUntil('Pause All Traffic', () => tray.labels.includes('Resume All Traffic'))
    expect(tray.labels[0]).toContain('Paused')
    await pressUntil('Resume All Traffic', () => tray.labels.includes('Pause All Traffic'))
    await desktop.app.evaluate(({ dialog }) => {
      let asked = 0
      dialog.showMessageBox = (async () => ({ response: asked++ === 0 ? 1 : 0, checkboxChecked: false })) as never
    })
    await pressUntil('Kill Switch…', () => tray.labels.includes('Turn Off the Kill Switch'))
    expect(tray.labels[0]).toContain('The kill switch is on')
    await expect(sdkCalls(desktop.runtime().proxy).openai('now?')).rejects.toThrow('Allowance')
    await pressUntil('Turn Off the Kill Switch', () => tray.labels.includes('Kill Switch…'))
  })

  it('opens the window where the budget is raised', async () => {
    const dialog = desktop.window.getByRole('dialog', { name: 'Raise “daily”' })
    await pressUntil('Raise a Cap…', () => dialog.isVisible())
    await desktop.window.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
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
    await pressUntil('Notices', isShown)
    await desktop.window.getByText('Cap reached').first().waitFor()
    expect(desktop.window.url()).toMatch(/#\/notices$/)
  })

  it('says in one notification that its gateway died and is back', async () => {
    process.kill(desktop.runtime().pid, 'SIGKILL')
    const back = await notifications.waitFor(({ title }) => title === 'The gateway is back')
    expect(back.body).toContain('stopped unexpectedly')
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
    expect(hasEnded(pid)).toBe(true)
  })
})

/** What is on the display, with notifications and panels, which no page can photograph. */
async function photograph({ session }: AllowanceDesktop, name: string): Promise<void> {
  mkdirSync(screenshotFolder, { recursive: true })
  const file = path.join(screenshotFolder, `${name}.png`)
  await promisify(execFile)('import', ['-window', 'root', file], { env: session.env })
}
