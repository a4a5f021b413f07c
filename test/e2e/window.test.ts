import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build, preview, type PreviewServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../support/desktop/chromium.ts'
import { machineLacks } from '../support/gateway/machine.ts'

// The window over made-up numbers, in a real browser: what only a layout, a canvas or a keyboard can show.

const CONFIG = 'test/renderer/fixtures/vite.config.ts'
const NOW = '2026-11-23T15:00:00Z'
const EXPLORING = [
  ['busy', '#/calls'],
  ['busy', '#/spend'],
  ['busy', '#/spend?range=30d&by=model&project=web'],
  ['busy', '#/conversations'],
  ['busy', '#/conversations/c_1'],
  ['busy', '#/projects'],
  ['busy', '#/clients'],
  ['busy', '#/spike?since=2026-11-23T08:00:00Z&until=2026-11-23T15:00:00Z'],
] as const
const SCREENS = [
  ...EXPLORING,
  ['busy', '#/overview'],
  ['empty', '#/overview'],
  ['cap', '#/overview'],
  ['asks', '#/overview'],
  ['hosts', '#/overview'],
  ['policy-rejected', '#/overview'],
  ['busy', '#/calls/call-114'],
  ['asks', '#/calls/call-114'],
  ['hosts', '#/policy'],
  ['busy', '#/notices'],
] as const

describe.skipIf(machineLacks('chromium'))('the window', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-window-'))
  let server: PreviewServer
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    const shared = { configFile: CONFIG, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } } as const
    await build(shared)
    server = await preview({ ...shared, preview: { port: 0, host: '127.0.0.1' } })
    browser = await launchChromium()
    page = await browser.newPage({ reducedMotion: 'reduce' })
    await page.clock.install({ time: NOW })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** The window as it is first seen at an hour of its own. `isLive`: calls come and go as the clock is moved. */
  async function open(
    scenario: string,
    hash: string,
    { width = 1280, height = 800, isLive = false }: { width?: number; height?: number; isLive?: boolean } = {},
  ) {
    await page.goto('about:blank')
    await page.setViewportSize({ width, height })
    await page.goto(
      `${server.resolvedUrls?.local[0]}preview.html?scenario=${scenario}${isLive ? '&live=1' : ''}${hash}`,
    )
    await page.locator('main .panel, main .hero').first().waitFor()
    if (hash === '#/overview') await page.locator('canvas').waitFor()
  }
  const tooWide = () =>
    page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll('.app-top, .app-scroll, .side-body')]
        .filter((element) => element.scrollWidth > element.clientWidth)
        .map(({ className }) => className),
    )
  const focused = () =>
    page.evaluate(() => {
      const { activeElement: element } = document
      if (!element || element === document.body) return null
      // The search field and the chart are outlined around what has the focus.
      const frame = element.closest('.search, .spend-chart') ?? element
      return {
        name: element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '',
        isOutlined: getComputedStyle(frame).outlineStyle !== 'none',
      }
    })

  it.each(EXPLORING)('shows %s %s at 420 pixels without scrolling sideways', async (scenario, hash) => {
    await open(scenario, hash, { width: 420, height: 900 })
    expect(await tooWide()).toEqual([])
  })

  describe.each([
    { width: 900, height: 600 },
    { width: 1280, height: 800 },
  ])('at $width × $height', (size) => {
    it.each(SCREENS)('shows %s %s without scrolling sideways', async (scenario, hash) => {
      await open(scenario, hash, size)
      expect(await tooWide()).toEqual([])
    })
  })

  it('has the questions in sight, over nothing and under nothing', async () => {
    await open('asks', '#/calls/call-114', { width: 900, height: 600 })
    for (const name of ['Once', '30 minutes', 'Stop'])
      await page.getByRole('button', { name }).first().click({ trial: true })
    await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click({ trial: true })
  })

  it('stands still while calls come and go', async () => {
    await open('busy', '#/overview', { isLive: true })
    await page.getByTestId('rise').getByRole('link').waitFor()
    await page.locator('.where .budget').first().waitFor()
    const places = () =>
      page
        .locator('.hero, .facts, .hero-rise, .panel, .spend-chart')
        .evaluateAll((elements) => elements.map((element) => JSON.stringify(element.getBoundingClientRect())))
    const before = await places()
    await page.clock.runFor(10_000)
    await page.getByText('4 in flight').waitFor()
    expect(await places()).toEqual(before)
  })

  it('explains a rise of the chart where it is clicked', async () => {
    await open('busy', '#/overview')
    const plot = page.locator('.u-over')
    const box = (await plot.boundingBox())!
    await plot.click({ position: { x: box.width * 0.5, y: box.height * 0.8 } })
    await page
      .getByTestId('rise')
      .getByText(/^\d\d:\d\d–\d\d:\d\d, \$/)
      .waitFor()
    const told = await page.locator('.plot-tooltip').textContent()
    const sentence = (await page.getByTestId('rise').textContent()) ?? ''
    // The step that the tooltip names by its end is the one that is explained.
    expect(told?.slice(0, 5)).toBe(sentence.slice(6, 11))
    await page.getByTestId('rise').getByRole('link').click()
    await page.getByRole('region', { name: 'Cause' }).waitFor()
  })

  it('is walked through by keyboard, from the top, and always shows where one is', async () => {
    await open('busy', '#/overview')
    const names: string[] = []
    const hidden: string[] = []
    for (;;) {
      await page.keyboard.press('Tab')
      const here = await focused()
      if (here === null || names.length > 100) break
      names.push(here.name)
      if (!here.isOutlined) hidden.push(here.name)
    }
    expect(hidden).toEqual([])
    expect(names.slice(0, 2)).toEqual(['Skip to content', 'Overview'])
    expect(names.indexOf('Pause')).toBeLessThan(names.indexOf('Raise'))
    expect(names.indexOf('Raise')).toBeLessThan(names.indexOf("Rises of today's spend"))
  })

  it.each([
    ['busy', 'Overview'],
    ['busy', 'Spend'],
    ['cap', 'Calls'],
    ['busy', 'Conversations'],
    ['busy', 'Projects'],
    ['policy-rejected', 'Clients'],
    ['hosts', 'Caps & policy'],
    ['busy', 'Notices'],
    ['busy', 'Settings'],
  ])('with %s, %s is reached, walked through and left by keyboard alone', async (scenario, name) => {
    await open(scenario, name === 'Overview' ? '#/notices' : '#/overview')
    const isNamed = new RegExp(`^${name}`)
    for (let presses = 0; !isNamed.test((await focused())?.name ?? ''); presses += 1) {
      expect(presses).toBeLessThan(20)
      await page.keyboard.press('Tab')
    }
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name }).waitFor()
    await page.locator('main .panel, main .hero').first().waitFor()
    const hidden: string[] = []
    let stops = 0
    for (let isInside = true; isInside; stops += 1) {
      await page.keyboard.press('Tab')
      const here = await focused()
      isInside = here !== null && stops < 400
      if (here && !here.isOutlined) hidden.push(here.name)
    }
    expect(hidden).toEqual([])
    // Out at the end, never caught on the way.
    expect(stops).toBeLessThan(400)
    expect(stops).toBeGreaterThan(3)
  })

  it('explains rises by keyboard: arrows go from one to the next, and Tab to its cause', async () => {
    await open('busy', '#/overview')
    await page.getByRole('slider', { name: 'Rises' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page
      .getByTestId('rise')
      .getByText(/^\d\d:\d\d–\d\d:\d\d, \$/)
      .waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Cause' }).waitFor()
  })

  it('goes from bar to bar by arrows, in one step of the tab key, and explains the one that is picked', async () => {
    await open('busy', '#/spend')
    const bars = page.locator('.stacked-bar')
    expect(await bars.evaluateAll((all) => all.filter((bar) => (bar as HTMLElement).tabIndex === 0).length)).toBe(1)
    await page.locator('.stacked-bar[tabindex="0"]').focus()
    await page.keyboard.press('ArrowLeft')
    expect((await focused())?.name).toMatch(/^Mon 23 Nov, 1\d:00–1\d:00: \$\d/)
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: 'Selected bar' }).waitFor()
    await page.goBack()
    await page.getByRole('region', { name: 'Selected bar' }).waitFor({ state: 'detached' })
  })

  it('is ordered from the keyboard alone, and gives the focus back', async () => {
    await open('busy', '#/spend')
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Commands' }).fill('pause all')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog', { name: 'Commands' }).waitFor({ state: 'detached' })
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Commands' }).fill('go to clients')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor()
  })

  it.each([640, 420])('keeps model and cost of each call in sight at %d pixels', async (width) => {
    await open('busy', '#/calls', { width, height: 800 })
    const titles = await page
      .locator('thead th')
      .evaluateAll((all) => all.filter((one) => (one as HTMLElement).offsetWidth > 40).map((one) => one.textContent))
    expect(titles).toEqual(['Model', 'Cost'])
    const edges = await page.locator('tbody tr').first().locator('td:last-child').boundingBox()
    expect(edges!.x + edges!.width).toBeLessThanOrEqual(width)
  })

  it('opens a call by keyboard, and gives the focus back', async () => {
    await open('busy', '#/calls')
    const row = page.locator('.row-button')
    await row.nth(4).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Why: / }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('complementary').waitFor({ state: 'detached' })
    expect(await row.nth(5).evaluate((element) => element === document.activeElement)).toBe(true)
  })

  it('moves nothing for who wants no motion', async () => {
    await open('busy', '#/calls/call-9002')
    await page.getByRole('complementary').waitFor()
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    )
    expect(moving).toBe(0)
  })
})
