import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import OpenAI from 'openai'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayEnvironment } from '../support/desktop/allowance-desktop.ts'
import { startProgram, stopProgram } from '../support/child-process.ts'
import { launchChromium } from '../support/desktop/chromium.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { takeScreenshots } from '../support/desktop/screenshots.ts'

const policy = { schema: 1, version: 1, timezone: 'Europe/Paris', rules: [] }
/** What the test knows of the runaway and no screen is told: which of the many sessions it is, and what it repeats. */
const CULPRIT = { session: 'night-shift', agent: 'codex', project: 'billing', tool: 'reticulate_splines' }

describe.skipIf(machineLacks('chromium'))('from a spike to its cause', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-explore-'))
  const provider = new FakeProvider({ outputTokens: () => 200, inputTokens: () => 6_000 })
  let gateway: ChildProcess
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
    const policyFile = path.join(folder, 'policy.json')
    writeFileSync(policyFile, JSON.stringify(policy))
    const env = { ...process.env, ...gatewayEnvironment(path.join(folder, 'home'), policyFile, await provider.start()) }
    gateway = startProgram(process.execPath, ['out/cli.cjs', 'serve'], { env: { ...env, NO_COLOR: '1' } })
    const { link, proxy } = await readWelcome(gateway)
    await play(proxy)
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
    await page.goto(link)
    await page.getByRole('region', { name: 'Today' }).waitFor()
  })
  afterAll(async () => {
    await browser?.close()
    if (gateway) await stopProgram(gateway)
    await provider.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  const goTo = (name: string) =>
    page
      .getByRole('navigation')
      .getByRole('link', { name: new RegExp(`^${name}`) })
      .click()

  it('takes two clicks: the highest bar, and its cause', async () => {
    await goTo('Spend')
    await (await highestBar(page)).click()
    await page.getByRole('link', { name: 'Find the cause' }).click()
    const cause = page.getByRole('region', { name: 'Cause' })
    await cause.getByRole('heading', { name: 'A loop' }).waitFor()
    await cause.getByText(CULPRIT.tool).first().waitFor()
    expect(await page.getByRole('region', { name: 'Who' }).locator('li').first().textContent()).toContain(
      CULPRIT.session,
    )
    await takeScreenshots(page, 'explore-spike')
  })

  it('leads on to exactly its calls, as many as it says', async () => {
    await page.getByRole('link', { name: 'See its calls' }).click()
    await page.getByRole('status').getByText('9 calls').waitFor()
    expect(new URL(page.url()).hash).toContain(`session=${CULPRIT.session}`)
    expect(await page.locator('tbody tr').count()).toBe(9)
    await page.goBack()
    await page.getByRole('region', { name: 'Cause' }).waitFor()
  })

  it('stops that session and no other', async () => {
    await page.getByRole('button', { name: 'Pause this session' }).click()
    await page.getByRole('button', { name: 'Resume this session' }).waitFor()
  })

  it('agrees on the number of calls, on every screen', async () => {
    await goTo('Spend')
    await page.getByRole('link', { name: CULPRIT.project }).waitFor()
    const total = await page.locator('.fact', { hasText: 'Calls' }).locator('dd').textContent()
    await goTo('Calls')
    expect(total).toBe('12')
    await page.getByRole('status').getByText('12 calls').waitFor()
  })

  it('hands over what is shown as a table, as FOCUS and as a picture', async () => {
    await goTo('Spend')
    const save = async (format: string) => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('combobox', { name: 'Export what is shown' }).selectOption(format),
      ])
      return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
    }
    const table = await save('csv')
    expect(table.name).toMatch(/^spend-by-project-\d{4}-\d\d-\d\d-.*\.csv$/)
    expect(table.bytes.toString()).toContain(`\r\n${CULPRIT.project},`)
    const focus = (await save('focus')).bytes.toString()
    expect(focus).toContain('PricingCurrency')
    expect(focus.trim().split('\r\n')).toHaveLength(4)
    const picture = await save('png')
    expect(picture.bytes.subarray(1, 4).toString()).toBe('PNG')
    expect(picture.bytes.length).toBeGreaterThan(10_000)
  })

  it('shows a conversation turn by turn, with its repeated steps', async () => {
    await goTo('Conversations')
    await page.getByRole('button', { name: /conversations? below 1 cent/ }).click()
    await page.getByRole('link', { name: CULPRIT.agent }).first().click()
    await page
      .getByText(/the same step for the \d+th time/)
      .first()
      .waitFor()
    await takeScreenshots(page, 'explore-conversation')
  })

  it('goes anywhere from the keyboard alone', async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Commands' }).waitFor()
    await page.keyboard.type('go to projects')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Projects' }).waitFor()
    await page.getByRole('region', { name: CULPRIT.project }).waitFor()
    await goTo('Clients')
    await page.getByText('base URL', { exact: true }).first().waitFor()
  })
})

/** A few quiet sessions, and one that repeats a step without end. */
async function play(proxy: string): Promise<void> {
  const client = (tags: string) => new OpenAI({ apiKey: 'sk', baseURL: `${proxy}/@${tags}/openai/v1`, maxRetries: 0 })
  for (const [project, session, agent] of [
    ['web', 'morning', 'claude-code'],
    ['web', 'noon', 'codex'],
    ['search', 'evening', 'opencode'],
  ]) {
    await client(`project=${project},session=${session},agent=${agent}`).chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: `hello from ${session}` }],
    })
  }
  const loud = client(`project=${CULPRIT.project},session=${CULPRIT.session},agent=${CULPRIT.agent}`)
  for (let turns = 0; turns < 9; turns += 1)
    await loud.chat.completions.create({ model: 'gpt-4o-mini', messages: history(turns) })
}

function history(turns: number): OpenAI.ChatCompletionMessageParam[] {
  const steps = Array.from({ length: turns }, (_, turn): OpenAI.ChatCompletionMessageParam[] => [
    {
      role: 'assistant',
      tool_calls: [{ id: `call_${turn}`, type: 'function', function: { name: CULPRIT.tool, arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: `call_${turn}`, content: 'nothing to do' },
  ])
  return [{ role: 'user', content: 'make it work' }, ...steps.flat()]
}

async function highestBar(page: Page) {
  const bars = page.locator('.stacked-bar:not(:disabled)')
  await bars.first().waitFor()
  const costs = (await bars.evaluateAll((all) => all.map((bar) => bar.getAttribute('aria-label') ?? ''))).map((label) =>
    Number(/\$([\d.]+)$/.exec(label)?.[1] ?? 0),
  )
  return bars.nth(costs.indexOf(Math.max(...costs)))
}

/** The dashboard's link and the proxy's address, from what `serve` tells a person. */
async function readWelcome(gateway: ChildProcess): Promise<{ link: string; proxy: string }> {
  let link: string | undefined
  for await (const line of createInterface({ input: gateway.stdout as Readable })) {
    link ??= /Dashboard +(http:\S+)/.exec(line)?.[1]
    const proxy = /Proxy +(http:\S+)/.exec(line)?.[1]
    if (link && proxy) return { link, proxy }
  }
  throw new Error('serve ended before it was ready')
}
