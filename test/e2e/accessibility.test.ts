import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessFaults } from '../support/desktop/axe.ts'
import { launchChromium } from '../support/desktop/chromium.ts'
import { servePreview } from '../support/desktop/preview.ts'
import { machineLacks } from '../support/gateway/machine.ts'

// Every screen, dialog and state, in both themes and three widths, looked at by axe.

const NOW = '2026-11-23T15:00:00Z'
const WIDTHS = [1280, 900, 420]
const PLACES = [
  ['busy', '#/overview'],
  ['no-policy', '#/overview'],
  ['cap', '#/overview'],
  ['asks', '#/overview'],
  ['killed', '#/overview'],
  ['policy-rejected', '#/overview'],
  ['gone', '#/overview'],
  ['busy', '#/overview?raise'],
  ['busy', '#/calls'],
  ['busy', '#/calls/call-114'],
  ['cap', '#/calls'],
  ['cap', '#/calls/call-9013'],
  ['busy', '#/spend'],
  ['no-policy', '#/spend'],
  ['busy', '#/spend?range=30d&by=model'],
  ['busy', '#/conversations'],
  ['busy', '#/conversations/c_runaway'],
  ['busy', '#/projects'],
  ['policy-rejected', '#/clients'],
  ['busy', '#/spike?since=2026-11-23T13:00:00Z&until=2026-11-23T14:00:00Z'],
  ['hosts', '#/policy'],
  ['no-policy', '#/policy?cap'],
  ['busy', '#/policy?cap&project=web'],
  ['busy', '#/notices'],
  ['busy', '#/settings'],
  ['denied', '#/overview'],
] as const

describe.skipIf(machineLacks('chromium'))('the window, for everybody', () => {
  let served: Awaited<ReturnType<typeof servePreview>>
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    served = await servePreview()
    browser = await launchChromium()
    page = await browser.newPage({ reducedMotion: 'reduce' })
    await page.clock.install({ time: NOW })
  })
  afterAll(async () => {
    await browser?.close()
    await served?.stop()
  })

  async function open(scenario: string, hash: string, width: number, colorScheme: 'light' | 'dark') {
    await page.emulateMedia({ colorScheme })
    await page.goto('about:blank')
    await page.setViewportSize({ width, height: 900 })
    await page.goto(served.url(scenario, hash))
    await page.locator('main .panel, main .hero, .alone').first().waitFor()
    if (scenario === 'gone') await page.clock.runFor(3_000)
    if (/\?(raise|cap)/.test(hash)) await page.getByRole('dialog').waitFor()
    // What fades in is looked at when it is there.
    await page.clock.runFor(1_000)
  }

  describe.each(WIDTHS.flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme }))))(
    'at $width px, $theme',
    ({ width, theme }) => {
      it.each(PLACES)('%s %s has no fault', async (scenario, hash) => {
        await open(scenario, hash, width, theme)
        expect(await accessFaults(page)).toEqual([])
      })
    },
  )

  it('the kill switch asks in a dialog without fault, and gives the focus back', async () => {
    await open('busy', '#/overview', 1280, 'light')
    await page.getByRole('button', { name: 'Kill switch' }).press('Enter')
    await page.getByRole('dialog', { name: 'Stop everything?' }).waitFor()
    expect(await accessFaults(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.locator('button:focus').getByText('Kill switch').waitFor()
  })

  it('a message that passes has no fault', async () => {
    await open('busy', '#/policy', 1280, 'light')
    await page.getByRole('switch', { name: 'Ask me about loops' }).click()
    await page.getByText('Ask me about loops: on').first().waitFor()
    expect(await accessFaults(page)).toEqual([])
  })

  it('Pause and Resume by Enter keep the focus', async () => {
    await open('busy', '#/overview', 1280, 'light')
    await page.getByRole('button', { name: 'Pause', exact: true }).press('Enter')
    await page.getByText('Traffic is paused').waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Resume')
  })

  it.each([360, 420, 640])('at %d px nothing is cut off sideways', async (width) => {
    for (const [scenario, hash] of PLACES.filter(([, address]) => !/calls|spend/.test(address))) {
      await open(scenario, hash, width, 'light')
      const wide = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('.app-top, .app-scroll, .dialog, .panel, .hero')]
          .filter((element) => element.scrollWidth > element.clientWidth)
          .map(({ className }) => className),
      )
      expect({ scenario, hash, wide }).toEqual({ scenario, hash, wide: [] })
    }
  })
})
