// Pictures of every screen and state, over made-up numbers: `npm run screenshots [-- FILTER]`. They go to
// `screenshots/`, which is not kept in the repository: README shows a chosen few, copied to docs/images by hand.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { createServer } from 'vite'
import { findChromium } from './lib/machine.mjs'
import { inRoot } from './lib/root.mjs'

const [filter = ''] = process.argv.slice(2)
const outDir = inRoot('screenshots')

/** Name, scenario, address, and what is opened first. */
const SHOTS = [
  ...[
    'busy',
    'empty',
    'no-policy',
    'cap',
    'asks',
    'hosts',
    'paused',
    'killed',
    'policy-rejected',
    'offline',
    'gone',
  ].map((name) => [name, name, '#/overview']),
  ['starting', 'starting', '#/spend'],
  ['signed-out', 'denied', '#/spend'],
  ['calls', 'busy', '#/calls'],
  ['calls-none', 'empty', '#/calls'],
  ['call', 'busy', '#/calls/call-130'],
  ['call-refused', 'cap', '#/calls/call-9013'],
  ['spend', 'busy', '#/spend'],
  ['policy', 'busy', '#/policy'],
  ['policy-hosts', 'hosts', '#/policy'],
  ['policy-none', 'no-policy', '#/policy'],
  ['cap-dialog', 'no-policy', '#/policy?cap', ['5']],
  ['cap-dialog-scoped', 'busy', '#/policy?cap&project=web', ['1,234']],
  ['raise', 'busy', '#/overview?raise'],
  ['notices', 'busy', '#/notices'],
  ['notices-none', 'empty', '#/notices'],
  ['settings', 'busy', '#/settings'],
]
const SIZES = [
  [1280, 800],
  [420, 860],
]
/** In the middle of a working day, whenever the pictures are taken. */
const NOW = '2026-11-23T14:41:00Z'

const executablePath = findChromium()
if (executablePath === null) throw new Error('no Chromium on this machine; apt install chromium')
const server = await createServer({
  configFile: inRoot('test/renderer/fixtures/vite.config.ts'),
  server: { port: 0 },
  logLevel: 'error',
})
await server.listen()
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
await mkdir(outDir, { recursive: true })
for (const [width, height] of SIZES)
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
    await page.clock.install({ time: NOW })
    page.on('pageerror', (error) => console.error(error.message))
    for (const shot of SHOTS) await take(page, shot, `${shot[0]}-${width}-${colorScheme}`)
    await page.close()
  }
await browser.close()
await server.close()

async function take(page, [, scenario, hash, typed], label) {
  if (!label.includes(filter)) return
  await page.goto('about:blank')
  await page.goto(`${server.resolvedUrls.local[0]}preview.html?scenario=${scenario}${hash}`)
  await page.locator('main h2, main .panel, main .hero, .alone, .banner').first().waitFor()
  if (hash === '#/overview') await page.locator('canvas').waitFor()
  if (scenario === 'gone') await page.getByText('does not answer').waitFor()
  if (hash.includes('?')) await page.getByRole('dialog').waitFor()
  if (typed) await page.getByRole('dialog').getByLabel('Amount').fill(typed[0])
  await page.clock.runFor(400)
  await page.waitForTimeout(150)
  await page.screenshot({ path: join(outDir, `${label}.png`), fullPage: false })
  console.log(label)
}
