// Pictures of every screen and state, over made-up numbers: `npm run screenshots [-- FILTER]`. They go to
// `screenshots/`, which is not kept in the repository: README shows a chosen few, copied to docs/images by hand.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { build, preview as servePreview } from 'vite'
import { findChromium } from './lib/machine.mjs'
import { inRoot } from './lib/root.mjs'

const [filter = ''] = process.argv.slice(2)
const outDir = inRoot('screenshots')

/** Each screen over a working day, before the first call, and in trouble: scenario and address. */
const SCREENS = [
  'overview',
  'spend',
  'calls',
  'conversations',
  'projects',
  'clients',
  'policy',
  'notices',
  'settings',
  'spike',
]
const MOODS = { busy: 'busy', empty: 'no-policy', trouble: 'cap' }
/** The hour of the runaway: what the spike explorer is opened on from the chart. */
const SPIKE = '?since=2026-11-23T13:00:00Z&until=2026-11-23T14:00:00Z'

/** Name, scenario, address, and what is typed first. */
const SHOTS = [
  ...SCREENS.flatMap((screen) =>
    Object.entries(MOODS).map(([mood, scenario]) => [
      `${screen}-${mood}`,
      scenario,
      `#/${screen}${screen === 'spike' && mood === 'busy' ? SPIKE : ''}`,
    ]),
  ),
  // Troubles that the whole window tells of, whatever its screen.
  ...['asks', 'hosts', 'paused', 'killed', 'policy-rejected', 'offline', 'gone'].map((name) => [
    name,
    name,
    '#/overview',
  ]),
  ['starting', 'starting', '#/spend'],
  ['signed-out', 'denied', '#/spend'],
  ['spend-month', 'busy', '#/spend?range=30d&by=model'],
  ['call', 'busy', '#/calls/call-130'],
  ['call-refused', 'cap', '#/calls/call-9013'],
  ['conversation', 'busy', '#/conversations/c_runaway'],
  ['policy-hosts', 'hosts', '#/policy'],
  ['cap-dialog', 'no-policy', '#/policy?cap', ['5']],
  ['cap-dialog-scoped', 'busy', '#/policy?cap&project=web', ['1,234']],
  ['raise', 'busy', '#/overview?raise'],
]
const SIZES = [
  [1280, 800],
  [900, 700],
  [420, 860],
  [360, 740],
]
/** In the middle of a working day, whenever the pictures are taken. */
const NOW = '2026-11-23T14:41:00Z'

const executablePath = findChromium()
if (executablePath === null) throw new Error('no Chromium on this machine; apt install chromium')
// Built, because a page of some hundred modules takes seconds to load, and there are some hundred pictures.
const built = await mkdtemp(join(tmpdir(), 'allowance-screenshots-'))
const preview = {
  configFile: inRoot('test/renderer/fixtures/vite.config.ts'),
  logLevel: 'error',
  build: { outDir: built, emptyOutDir: true },
  preview: { port: 0, host: '127.0.0.1' },
}
await build(preview)
const server = await servePreview(preview)
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
await rm(built, { recursive: true, force: true })

async function take(page, [, scenario, hash, typed], label) {
  if (!label.includes(filter)) return
  await page.goto('about:blank')
  await page.goto(`${server.resolvedUrls.local[0]}preview.html?scenario=${scenario}${hash}`)
  await page.locator('main h2, main .panel, main .hero, main .nothing, .alone, .banner').first().waitFor()
  if (hash === '#/overview') await page.locator('canvas').waitFor()
  if (scenario === 'gone') await page.getByText('does not answer').waitFor()
  if (/\?(cap|raise)/.test(hash)) await page.getByRole('dialog').waitFor()
  if (typed) await page.getByRole('dialog').getByLabel('Amount').fill(typed[0])
  await page.clock.runFor(400)
  await page.waitForTimeout(150)
  await page.screenshot({ path: join(outDir, `${label}.png`), fullPage: false })
  console.log(label)
}
