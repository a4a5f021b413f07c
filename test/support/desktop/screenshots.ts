import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

/** Kept between runs, for whoever wants to see what a test saw; git ignores it. */
export const screenshotFolder = fileURLToPath(new URL('../../../test-results', import.meta.url))

/** Saves what the page shows as `<name>-light.png` and `<name>-dark.png`, when nothing moves any more. */
export async function takeScreenshots(page: Page, name: string): Promise<void> {
  mkdirSync(screenshotFolder, { recursive: true })
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: path.join(screenshotFolder, `${name}-${colorScheme}.png`), animations: 'disabled' })
  }
}
