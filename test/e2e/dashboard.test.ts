import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayEnvironment } from '../support/desktop/allowance-desktop.ts'
import { startProgram, stopProgram } from '../support/child-process.ts'
import { readWelcome } from '../support/gateway/read-welcome.ts'
import { launchChromium } from '../support/desktop/chromium.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { takeScreenshots } from '../support/desktop/screenshots.ts'
import { sdkCalls } from '../support/load/sdk-calls.ts'

const policy = {
  schema: 1,
  version: 1,
  timezone: 'Europe/Paris',
  rules: [
    { id: 'daily', guard: 'spend-cap', limitUsd: '0.05', per: 'day', warnAt: [0.5] },
    { id: 'tests', guard: 'spend-cap', limitUsd: '0.04', per: 'day', scope: { environment: ['test', 'ci'] } },
  ],
}

describe.skipIf(machineLacks('chromium'))('the dashboard in a browser tab', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-dashboard-'))
  const provider = new FakeProvider({ outputTokens: () => 400, inputTokens: () => 100 })
  let gateway: ChildProcess
  let link: string
  let proxy: string
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
    const policyFile = path.join(folder, 'policy.json')
    writeFileSync(policyFile, JSON.stringify(policy))
    const env = { ...process.env, ...gatewayEnvironment(path.join(folder, 'home'), policyFile, await provider.start()) }
    gateway = startProgram(process.execPath, ['out/cli.cjs', 'serve'], { env: { ...env, NO_COLOR: '1' } })
    ;({ link, proxy } = await readWelcome(gateway))
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1200, height: 820 } })
  })
  afterAll(async () => {
    await browser?.close()
    if (gateway) await stopProgram(gateway)
    await provider.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  const hero = () => page.getByRole('region', { name: 'Today' })

  it('opens with the link that serve prints, and keeps no code in its address', async () => {
    await page.goto(link)
    await hero().getByText('$0.00', { exact: true }).first().waitFor()
    expect(page.url()).not.toContain('code')
  })

  it('shows the same live numbers as the desktop', async () => {
    const calls = sdkCalls(proxy)
    await calls.openai('first')
    await hero().getByTestId('spent-today').getByText('$0.0043').waitFor()
    await calls.anthropic('second')
    await calls.google('third')
    await hero().getByTestId('spent-today').getByText('$0.0070').waitFor()
    expect(provider.records).toHaveLength(3)
    await takeScreenshots(page, 'dashboard-overview')
  })

  it.each(['Calls', 'Spend', 'Caps & policy', 'Notices', 'Settings'])(
    'has a screen of %s that shows no error',
    async (name) => {
      await page
        .getByRole('navigation')
        .getByRole('link', { name: new RegExp(`^${name}`) })
        .click()
      await page.getByRole('heading', { level: 1, name }).waitFor()
      expect(await page.getByRole('alert').count()).toBe(0)
      await takeScreenshots(page, `dashboard-${name.toLowerCase()}`)
    },
  )

  it('stays signed in when it is loaded again', async () => {
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor()
    expect(await page.getByText('not signed in').count()).toBe(0)
  })

  it('lets the link open one tab and no second', async () => {
    const other = await browser.newContext()
    const tab = await other.newPage()
    await tab.goto(link)
    await tab.getByText('This link was used before or is too old.').waitFor()
    expect(await tab.getByRole('navigation').count()).toBe(0)
    await takeScreenshots(tab, 'dashboard-signed-out')
    await other.close()
  })
})
