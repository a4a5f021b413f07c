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
const SCREENS = [
  ['busy', '#/overview'],
  ['empty', '#/overview'],
  ['cap', '#/overview'],
  ['asks', '#/overview'],
  ['hosts', '#/overview'],
  ['policy-rejected', '#/overview'],
  ['busy', '#/calls'],
  ['busy', '#/calls/call-114'],
  ['asks', '#/calls/call-114'],
  ['busy', '#/spend'],
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

  describe.each([
    { width: 900, height: 600 },
    { width: 1280, height: 800 },
  ])('at $width × $height', (size) => {
    it.each(SCREENS)('shows %s %s without scrolling sideways', async (scenario, hash) => {
      await open(scenario, hash, size)
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('.app-top, .app-scroll, .side-body')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map(({ className }) => className),
      )
      expect(wide).toEqual([])
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
    await page.getByRole('heading', { name: /^Why: / }).waitFor()
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

  it('explains rises by keyboard: arrows go from one to the next, and Tab to its calls', async () => {
    await open('busy', '#/overview')
    await page.getByRole('slider', { name: 'Rises' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page
      .getByTestId('rise')
      .getByText(/^\d\d:\d\d–\d\d:\d\d, \$/)
      .waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: /^Why: / }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('complementary').waitFor({ state: 'detached' })
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
