// How smooth the window is while 50 calls a second come in: frames a second, the longest frame, and how long after its
// event a call is on screen, and the renderer's own memory. In headless Chromium: `node test/bench/render.mjs [seconds]`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { build, preview } from 'vite'
import { findChromium } from '../../scripts/lib/machine.mjs'

const seconds = Number(process.argv[2] ?? 8)
const configFile = fileURLToPath(new URL('../renderer/fixtures/vite.config.ts', import.meta.url))
const outDir = mkdtempSync(join(tmpdir(), 'allowance-render-'))
// As it is shipped: the development build of React takes several times as long.
await build({ configFile, build: { outDir }, logLevel: 'error' })
const server = await preview({
  configFile,
  build: { outDir },
  preview: { port: 0, host: '127.0.0.1' },
  logLevel: 'error',
})
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] })
for (const screen of ['calls', 'overview', 'spend', 'conversations']) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  // Two steps a call: it opens, and it settles.
  await page.goto(`${server.resolvedUrls.local[0]}preview.html?scenario=busy&perSecond=100#/${screen}`)
  await page.waitForTimeout(3_000)
  const told = await page.evaluate(measure, seconds * 1_000)
  console.log(
    `${screen}: ${told.framesPerSecond} frames a second, longest frame ${told.longestMs} ms` +
      (told.delayMs === null ? '' : `, a call is on screen ${told.delayMs} ms after its event (95th of 100)`) +
      (await memoryOf(browser)),
  )
  await page.close()
}
await browser.close()
await server.close()
rmSync(outDir, { recursive: true, force: true })

/** What the largest renderer has to itself, in Linux's count of resident pages that are shared with nobody. */
async function memoryOf(browser) {
  if (process.platform !== 'linux') return ''
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const megabytes = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => {
      const rollup = readFileSync(`/proc/${id}/smaps_rollup`, 'utf8')
      const sum = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce(
        (all, [, kb]) => all + Number(kb),
        0,
      )
      return Math.round(sum / 1_024)
    })
  return `, ${Math.max(...megabytes)} MB`
}

/** Runs in the page. A call's id says nothing of when it came; its start, which the fixture sets as it pushes it, does. */
function measure(lengthMs) {
  return new Promise((resolve) => {
    const frames = []
    const delays = []
    const rows = document.querySelector('tbody')
    let newest = rows?.firstElementChild
    const began = performance.now()
    let last = began
    const frame = (now) => {
      frames.push(now - last)
      last = now
      const pushed = globalThis.lastPushedMs
      const first = rows?.firstElementChild
      if (first && first !== newest && pushed) {
        newest = first
        delays.push(performance.now() - pushed)
      }
      if (now - began < lengthMs) requestAnimationFrame(frame)
      else {
        const sorted = delays.sort((a, b) => a - b)
        resolve({
          framesPerSecond: Math.round((frames.length / (now - began)) * 1_000),
          longestMs: Math.round(Math.max(...frames.slice(1))),
          delayMs: sorted.length === 0 ? null : Math.round(sorted[Math.floor(sorted.length * 0.95)]),
        })
      }
    }
    requestAnimationFrame(frame)
  })
}
