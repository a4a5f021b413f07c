import { type ChildProcess, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram, stopProgram } from '../support/child-process.ts'
import { gatewayEnvironment } from '../support/desktop/allowance-desktop.ts'
import { launchChromium } from '../support/desktop/chromium.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { readWelcome } from '../support/gateway/read-welcome.ts'
import { MINI, type Player, SAID, SPIKES } from '../support/load/spikes.ts'
import { FakeProvider } from '../support/providers/fake-provider.ts'

// Each spike is played by one of several sessions of a project; the test knows which and why, the gateway sees traffic.

const SESSIONS = ['alder', 'birch', 'cedar'] as const

describe.skipIf(machineLacks('chromium'))('the cause that is named is the one that was made', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-causes-'))
  const provider = new FakeProvider(SAID)
  let gateway: ChildProcess
  let browser: Browser
  let page: Page
  let proxy: string
  let dashboard: string
  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' })
    const env = { ...process.env, ...gatewayEnvironment(path.join(folder, 'home'), null, await provider.start()) }
    gateway = startProgram(process.execPath, ['out/cli.cjs', 'serve'], { env: { ...env, NO_COLOR: '1' } })
    const welcome = await readWelcome(gateway)
    proxy = welcome.proxy
    browser = await launchChromium()
    page = await browser.newPage({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' })
    await page.goto(welcome.link)
    await page.getByRole('navigation').waitFor()
    dashboard = page.url().split('#')[0]!
  })
  afterAll(async () => {
    await browser?.close()
    if (gateway) await stopProgram(gateway)
    await provider.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  })

  const player = (project: string, session: string): Player => {
    const base = `${proxy}/@project=${project},session=${session},agent=helper`
    return {
      openai: new OpenAI({ apiKey: 'sk', baseURL: `${base}/openai/v1`, maxRetries: 0 }),
      anthropic: new Anthropic({ apiKey: 'sk', baseURL: `${base}/anthropic`, maxRetries: 0 }),
    }
  }

  it.each(SPIKES.map((spike, index) => ({ ...spike, index })))('$label', async ({ play, heading, clue, index }) => {
    const project = `work-${index}`
    const culprit = SESSIONS[index % SESSIONS.length]!
    // The others do their work before and after.
    const quiet = async () => {
      for (const session of SESSIONS.filter((name) => name !== culprit))
        for (const topic of ['the weather', 'a verb', 'a date'])
          await player(project, session).openai.chat.completions.create({
            model: MINI,
            messages: [{ role: 'user', content: `${topic} for ${session} ${Math.random()}. size 400 cached 0` }],
          })
    }
    await quiet()
    await play(player(project, culprit))
    await quiet()
    await page.goto(`${dashboard}#/spike?project=${project}`)
    const cause = page.getByRole('region', { name: 'Cause' })
    await cause.getByText(/calls? in all/).waitFor()
    await page.getByRole('region', { name: 'Who' }).locator('li').first().getByText(culprit).waitFor()
    expect(await cause.getByRole('heading', { level: 2 }).textContent()).toBe(heading)
    expect(await cause.textContent()).toMatch(clue)
    // Its calls and nobody else's: the screen of calls counts what the spike says.
    const total = /(\d+) calls? in all/.exec((await cause.textContent()) ?? '')?.[1]
    await page.getByRole('link', { name: 'See its calls' }).click()
    await page
      .getByRole('status')
      .getByText(new RegExp(`^${total} calls?`))
      .waitFor()
    expect(new URL(page.url()).hash).toContain(`session=${culprit}`)
  })
})
