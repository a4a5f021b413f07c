import { type ChildProcess, execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessFaults } from '../support/desktop/axe.ts'
import { startProgram, stopProgram } from '../support/child-process.ts'
import {
  type AllowanceDesktop,
  gatewayEnvironment,
  startAllowanceDesktop,
} from '../support/desktop/allowance-desktop.ts'
import { launchChromium } from '../support/desktop/chromium.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { readWelcome } from '../support/gateway/read-welcome.ts'
import { sdkCalls } from '../support/load/sdk-calls.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'

// From nothing to a call that is refused: a first start, a first call, a cap set in the window. No file is touched.

/** 100 tokens in at $2.50 and 400 out at $10.00 a million: $0.00425 a call. */
const PROVIDER = { outputTokens: () => 400, inputTokens: () => 100 }

/** What a person may have to do from the first window to a cap that refuses. */
const MOST_ACTS = 5

async function capsItself(page: Page, proxyOf: () => string, home: string): Promise<void> {
  const acts: string[] = []
  const act = async (name: string, done: () => Promise<unknown>) => {
    acts.push(name)
    await done()
  }
  await page.getByText('Waiting for the first call').waitFor()
  const { openai } = sdkCalls(proxyOf())
  let line = ''
  await act('copy the line', async () => {
    await page.getByRole('button', { name: /^Copy the line for Everything/ }).click()
    line = (await page.locator('.copy-line code', { hasText: 'eval' }).first().textContent()) ?? ''
  })
  // As it stands, and nothing else: the call itself knows of no proxy.
  await act('paste it, and call', () => runInShell(`${line}\n${CALL}`, home))
  await page.getByText('The first call came through').waitFor()
  await act('press Set a daily cap', () => page.getByRole('button', { name: 'Set a daily cap' }).click())
  const dialog = page.getByRole('dialog', { name: 'Set a cap' })
  // The amount has the focus: it is typed without a click.
  await act('type the amount', () => page.keyboard.type('0.005'))
  await dialog.getByTestId('cap-outlook').getByText('0.005').waitFor()
  expect(await accessFaults(page)).toEqual([])
  await act('press Enter', () => page.keyboard.press('Enter'))
  expect(acts.length).toBeLessThanOrEqual(MOST_ACTS)
  await dialog.waitFor({ state: 'detached' })
  await page
    .getByRole('region', { name: 'Today' })
    .getByText(/left of \$0\.0050/)
    .waitFor()
  const refusal = (await untilRefused(() => openai('more'))) as Error & { status?: number }
  expect(refusal.status).toBe(402)
  expect(refusal.message).toContain('my-daily-cap')
  await page.getByText('Cap reached: my-daily-cap').waitFor()
  await page.getByText('At this pace').locator('..').getByText('cap reached').waitFor()
}

/** A call as any program makes it, to the provider's own address. */
const CALL = `curl -sSf https://api.openai.com/v1/chat/completions -H 'authorization: Bearer sk-test' \\
  -H 'content-type: application/json' -d '{"model":"gpt-4o","messages":[{"role":"user","content":"first"}]}'`

/** Types lines into a shell of its own, which has nothing from this test but where the gateway's home is. */
async function runInShell(lines: string, home: string): Promise<void> {
  const { HOME = '/', PATH = '/usr/bin:/bin' } = process.env
  const answer = await promisify(execFile)('bash', ['-c', `set -e\n${lines}`], {
    env: { HOME, PATH, ALLOWANCE_HOME: home },
    timeout: 30_000,
  })
  expect(answer.stdout).toContain('chat.completion')
}

/** And the way on: more of one's own cap lets the next call through, and Undo of a removal brings the cap back. */
async function raisesAndUndoes(page: Page, proxy: string): Promise<void> {
  await page.getByRole('link', { name: 'Raise' }).click()
  const dialog = page.getByRole('dialog', { name: 'Raise “my-daily-cap”' })
  await dialog.getByLabel('Amount').fill('1,5')
  await dialog.getByLabel('Reason').fill('finishing the migration')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('Cap reached: my-daily-cap').waitFor({ state: 'detached' })
  await sdkCalls(proxy).openai('on')
  await page.getByRole('link', { name: 'Caps & policy' }).click()
  await page.getByRole('button', { name: 'Remove my-daily-cap' }).click()
  await page.getByText('You have set no cap.').waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Remove my-daily-cap' }).waitFor()
}

/** A call that still fits is no refusal; the cap is small, so one of the first does not. */
async function untilRefused(call: () => Promise<unknown>): Promise<unknown> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const error = await call().then(
      () => null,
      (failure: unknown) => failure,
    )
    if (error !== null) return error
  }
  throw new Error('nothing was refused')
}

describe.skipIf(machineLacks('chromium'))('a first run in a browser tab', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-first-run-'))
  const provider = new FakeProvider(PROVIDER)
  let gateway: ChildProcess
  let browser: Browser
  let page: Page
  let proxy: string
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
    const env = { ...process.env, ...gatewayEnvironment(path.join(folder, 'home'), null, await provider.start()) }
    gateway = startProgram(process.execPath, ['out/cli.cjs', 'serve'], { env: { ...env, NO_COLOR: '1' } })
    const welcome = await readWelcome(gateway)
    proxy = welcome.proxy
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1200, height: 820 }, reducedMotion: 'reduce' })
    await page.goto(welcome.link)
  })
  afterAll(async () => {
    await browser?.close()
    if (gateway) await stopProgram(gateway)
    await provider.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  it('has a cap set in the window, and the next call is refused', () =>
    capsItself(page, () => proxy, path.join(folder, 'home')))
  it('goes on after a raise, and a removed cap is brought back', () => raisesAndUndoes(page, proxy))

  it('has its settings changed in the window', async () => {
    await page.getByRole('link', { name: 'Settings', exact: true }).click()
    await page.getByRole('button', { name: 'Change Keep calls for' }).click()
    await page.getByLabel('Keep calls for').fill('90')
    await page.keyboard.press('Enter')
    await page.getByText('Restart the gateway to apply your changes').waitFor()
    expect(readdirSync(path.join(folder, 'home'))).toContain('settings.json')
  })
})

describe.skipIf(machineLacks('xvfb', 'electron'))('a first run of the app', () => {
  let desktop: AllowanceDesktop
  beforeAll(async () => {
    desktop = await startAllowanceDesktop({ policy: null, provider: PROVIDER })
  })
  afterAll(() => desktop?.stop())

  it('has a cap set in the window, and the next call is refused', () =>
    capsItself(desktop.window, () => desktop.runtime().proxy, desktop.home))
  it('goes on after a raise, and a removed cap is brought back', () =>
    raisesAndUndoes(desktop.window, desktop.runtime().proxy))

  it('starts its gateway anew where a setting wants it', async () => {
    const { window } = desktop
    const before = desktop.runtime().pid
    await window.getByRole('link', { name: 'Settings', exact: true }).click()
    await window.getByRole('button', { name: 'Change Keep calls for' }).click()
    await window.getByLabel('Keep calls for').fill('90')
    await window.keyboard.press('Enter')
    await window.getByRole('button', { name: 'Restart now' }).click()
    await window.getByText('Restart the gateway to apply your changes').waitFor({ state: 'detached' })
    await expect.poll(() => desktop.runtime().pid, { timeout: 20_000 }).not.toBe(before)
    expect(await accessFaults(window)).toEqual([])
  })
})
