import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram, stopProgram } from '../support/child-process.ts'
import { accessFaults } from '../support/desktop/axe.ts'
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

// What goes wrong on a working day, on the built product: a call that asks, a policy that is wrong, a gateway that dies.

const PROVIDER = { outputTokens: () => 400, inputTokens: () => 100 }
/** Asks about every call: none costs as little. */
const POLICY = {
  schema: 1,
  version: 1,
  timezone: 'UTC',
  rules: [{ id: 'each-call', guard: 'call-cap', limitUsd: '0.000001', action: 'ask' }],
}

/** In CI nobody is asked: here a developer is played. */
const asDeveloper = (proxy: string) => sdkCalls(`${proxy}/@environment=dev`)

async function answersAQuestion(page: Page, proxy: string): Promise<void> {
  const call = asDeveloper(proxy).openai('may I?')
  const once = page.getByRole('button', { name: 'Once' })
  await once.waitFor()
  expect(await accessFaults(page)).toEqual([])
  await once.press('Enter')
  expect((await call).usage?.completion_tokens).toBe(400)
  await once.waitFor({ state: 'detached' })
}

async function stopsAtANo(page: Page, proxy: string): Promise<void> {
  const refused = asDeveloper(proxy)
    .openai('and now?')
    .then(
      () => null,
      (error: unknown) => error as Error,
    )
  await page.getByRole('button', { name: 'Stop', exact: true }).press('Enter')
  expect((await refused)?.message).toContain('each-call')
}

async function saysWhatIsWrongWithAPolicy(page: Page, policyFile: string): Promise<void> {
  const [rule] = POLICY.rules
  writeFileSync(policyFile, JSON.stringify({ ...POLICY, rules: [{ ...rule, limitUSD: '1.00' }] }))
  await page.getByRole('link', { name: /^Caps & policy/ }).click()
  await page.getByRole('button', { name: 'Check for changes' }).click()
  await page.getByText('A new policy was rejected').first().waitFor()
  await page.getByText('limitUSD').first().waitFor()
  // The one before stays in force, and the mended one is taken without a new version.
  await page.getByText('each-call', { exact: true }).first().waitFor()
  writeFileSync(policyFile, JSON.stringify({ ...POLICY, rules: [{ ...rule, limitUsd: '5.00' }] }))
  await page.getByRole('button', { name: 'Check for changes' }).click()
  await page.getByText('A new policy was rejected').first().waitFor({ state: 'detached' })
  await page.getByText('$5.00').first().waitFor()
}

describe.skipIf(machineLacks('chromium'))('troubles in a browser tab', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-troubles-'))
  const provider = new FakeProvider(PROVIDER)
  const policyFile = path.join(folder, 'policy.json')
  let env: Record<string, string | undefined>
  let gateway: ChildProcess
  let browser: Browser
  let page: Page
  let proxy: string
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
    mkdirSync(path.join(folder, 'home'), { mode: 0o700 })
    writeFileSync(policyFile, JSON.stringify(POLICY))
    env = {
      ...process.env,
      ...gatewayEnvironment(path.join(folder, 'home'), policyFile, await provider.start()),
      NO_COLOR: '1',
    }
    gateway = startProgram(process.execPath, ['out/cli.cjs', 'serve'], { env })
    const welcome = await readWelcome(gateway)
    proxy = welcome.proxy
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1200, height: 820 }, reducedMotion: 'reduce' })
    await page.goto(welcome.link)
    // Nobody is asked while nobody looks.
    await page.getByText('Live', { exact: true }).waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    if (gateway) await stopProgram(gateway)
    await provider.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  it('a call that waits for an answer goes on with it', () => answersAQuestion(page, proxy))
  it('and is refused with a no', () => stopsAtANo(page, proxy))
  it('a policy that is wrong is rejected with its reason until it is mended', () =>
    saysWhatIsWrongWithAPolicy(page, policyFile))

  it('a gateway that is killed is said to be away, and the tab goes on when it is back', async () => {
    await page.getByRole('link', { name: 'Overview' }).click()
    const { origin } = new URL(page.url())
    const ended = once(gateway, 'exit')
    gateway.kill('SIGKILL')
    await ended
    await page.getByText('The gateway does not answer').waitFor()
    const ports = { ALLOWANCE_CONTROL_PORT: new URL(origin).port, ALLOWANCE_PORT: new URL(proxy).port }
    gateway = startProgram(process.execPath, ['out/cli.cjs', 'serve'], { env: { ...env, ...ports } })
    const { link } = await readWelcome(gateway)
    // A gateway that starts anew has a new token: the tab says so, and the new link has the same books.
    await page.getByRole('heading', { name: 'This tab is not signed in' }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.goto(link)
    const spent = page.getByTestId('spent-today')
    const before = await spent.textContent()
    await asDeveloper(proxy).openai('back again')
    await expect.poll(() => spent.textContent()).not.toBe(before)
  })
})

describe.skipIf(machineLacks('xvfb', 'electron'))('troubles in the app', () => {
  let desktop: AllowanceDesktop
  beforeAll(async () => {
    desktop = await startAllowanceDesktop({ policy: POLICY, provider: PROVIDER })
    await desktop.window.getByText('Live', { exact: true }).waitFor()
  })
  afterAll(() => desktop?.stop())

  it('a call that waits for an answer goes on with it', () => answersAQuestion(desktop.window, desktop.runtime().proxy))
  it('and is refused with a no', () => stopsAtANo(desktop.window, desktop.runtime().proxy))
  it('a policy that is wrong is rejected with its reason until it is mended', () =>
    saysWhatIsWrongWithAPolicy(desktop.window, path.join(desktop.session.home, 'policy.json')))

  it('a gateway that is killed is started anew, and the window goes on', async () => {
    const before = desktop.runtime()
    await desktop.window.getByRole('link', { name: 'Overview' }).click()
    process.kill(before.pid, 'SIGKILL')
    await expect
      .poll(() => pidOf(desktop), { timeout: 30_000 })
      .toSatisfy((pid: number | undefined) => pid !== undefined && pid !== before.pid)
    await desktop.window.getByText('Live', { exact: true }).waitFor()
    const spent = desktop.window.getByTestId('spent-today')
    const was = await spent.textContent()
    await asDeveloper(desktop.runtime().proxy).openai('back again')
    await expect.poll(() => spent.textContent()).not.toBe(was)
  })
})

/** Between two gateways there is none; what stood there before is not yet another. */
function pidOf({ runtime }: AllowanceDesktop): number | undefined {
  try {
    return runtime().pid
  } catch {
    return undefined
  }
}
