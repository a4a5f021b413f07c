import { once } from 'node:events'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AllowanceDesktop, startAllowanceDesktop } from '../support/desktop/allowance-desktop.ts'
import { hasEnded, startProgram } from '../support/child-process.ts'
import { electronCommand } from '../support/desktop/electron-app.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { sdkCalls } from '../support/load/sdk-calls.ts'
import { takeScreenshots } from '../support/desktop/screenshots.ts'

const OUTPUT_TOKENS = 400

describe.skipIf(machineLacks('xvfb', 'electron'))('the desktop app', () => {
  let desktop: AllowanceDesktop
  beforeAll(async () => {
    desktop = await startAllowanceDesktop({
      policy: {
        schema: 1,
        version: 1,
        timezone: 'Europe/Paris',
        rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '0.05', per: 'day', warnAt: [0.5] }],
      },
      provider: { outputTokens: () => OUTPUT_TOKENS, inputTokens: () => 100 },
    })
  })
  afterAll(() => desktop?.stop())

  const hero = () => desktop.window.getByRole('region', { name: 'Today' })
  const goTo = (name: RegExp) => desktop.window.getByRole('navigation').getByRole('link', { name }).click()

  it('starts a gateway of its own and shows that nothing is spent', async () => {
    await hero().getByText('$0.00', { exact: true }).first().waitFor()
    await desktop.window.getByText('By base URL').click()
    await desktop.window.getByText(`${desktop.runtime().proxy}/openai/v1`).waitFor()
    expect(desktop.provider.records).toHaveLength(0)
    await takeScreenshots(desktop.window, 'desktop-empty')
  })

  it("shows spend as it rises, call by call, from each provider's own SDK", async () => {
    const calls = sdkCalls(desktop.runtime().proxy)
    await calls.openai('first')
    // 100 tokens in at $2.50 and 400 out at $10.00 a million.
    await hero().getByText('$0.0043', { exact: true }).waitFor()
    await calls.anthropic('second')
    await calls.google('third')
    expect(await calls.openaiStream('fourth')).not.toBe('')
    expect(desktop.provider.records).toHaveLength(4)
    await goTo(/^Calls/)
    for (const model of ['gpt-4o', 'claude-3-5-haiku', 'gemini-2.5-flash'])
      await desktop.window.getByRole('table').getByText(model).first().waitFor()
    // This very process made them, in this repository: nobody had to say so.
    expect(await desktop.window.getByRole('table').getByText('unattributed').count()).toBe(0)
    await takeScreenshots(desktop.window, 'desktop-calls')
  })

  it('stops at the cap, says so once to the program and in the notification centre', async () => {
    const { openai } = sdkCalls(desktop.runtime().proxy)
    const refusal = await untilRefused(() => openai('more'))
    expect(refusal.status).toBe(402)
    expect(refusal.message).toContain('daily')
    const asked = desktop.provider.records.length
    await goTo(/^Notices/)
    await desktop.window.getByText('Cap reached').first().waitFor()
    await desktop.window.getByText('50 % of daily spent').first().waitFor()
    expect(desktop.provider.records).toHaveLength(asked)
    await takeScreenshots(desktop.window, 'desktop-cap-reached')
    await goTo(/^Overview/)
    await takeScreenshots(desktop.window, 'desktop-overview')
  })

  it('keeps the page away from everything but the dashboard', async () => {
    const reach = await desktop.window.evaluate(async () => ({
      node: typeof (globalThis as { require?: unknown }).require,
      bridge: Object.keys((globalThis as unknown as { allowance: object }).allowance).sort(),
      connection: await (
        globalThis as unknown as Window & { allowance: { connection(): unknown } }
      ).allowance.connection(),
      opened: window.open('http://127.0.0.1:1/') === null,
      fetched: await fetch('http://127.0.0.1:1/').then(
        () => 'answered',
        () => 'blocked',
      ),
      camera: (await navigator.permissions.query({ name: 'camera' as PermissionName })).state,
    }))
    expect(reach).toEqual({
      node: 'undefined',
      bridge: ['changeDesktop', 'connection', 'desktop', 'platform', 'restartGateway'],
      connection: { origin: 'app://allowance', token: '' },
      opened: true,
      fetched: 'blocked',
      camera: 'denied',
    })
  })

  it('starts its gateway again when it dies, and the window goes on where it was', async () => {
    const before = desktop.runtime()
    process.kill(before.pid, 'SIGKILL')
    await expect
      .poll(() => runningPid(desktop), { timeout: 20_000 })
      .toSatisfy((pid: number | null) => pid !== null && pid !== before.pid)
    const { model, call } = anotherModel(desktop.runtime().proxy)
    await expect(call()).rejects.toThrow('daily')
    await goTo(/^Calls/)
    await desktop.window.getByRole('table').getByText(model, { exact: true }).waitFor()
  })

  it('is one app: started a second time, it shows the window that is there', async () => {
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
    const shown = desktop.app.evaluate(
      ({ BrowserWindow }) =>
        new Promise<boolean>((resolve) => BrowserWindow.getAllWindows()[0]?.once('show', () => resolve(true))),
    )
    const second = startProgram(...electronCommand(), { env: desktop.env, stdio: 'ignore' })
    const [exitCode] = (await once(second, 'exit')) as [number]
    expect(exitCode).toBe(0)
    expect(await shown).toBe(true)
  })

  it('says that the gateway ends with it, and does not quit against a no', async () => {
    const asked = await desktop.app.evaluate(async ({ app, dialog }) => {
      const messages: string[] = []
      dialog.showMessageBox = (async (options: { message: string }) => {
        messages.push(options.message)
        return { response: 1, checkboxChecked: false }
      }) as typeof dialog.showMessageBox
      app.quit()
      await new Promise(setImmediate)
      return messages
    })
    expect(asked).toEqual(['Quit Allowance and stop its gateway?'])
    expect(desktop.runtime().pid).toBeGreaterThan(0)
  })

  it('keeps the window on the dashboard', async () => {
    const goesTo = await desktop.app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      const tried = new Promise((resolve) =>
        contents?.once('will-navigate', (event) => setImmediate(() => resolve(event.defaultPrevented))),
      )
      await contents?.executeJavaScript('location.href = "https://example.invalid/"; 0')
      return { isPrevented: await tried, url: contents?.getURL() }
    })
    expect(goesTo).toEqual({ isPrevented: true, url: expect.stringMatching(/^app:\/\/allowance\//) })
  })

  it('loads the page again when it crashes, and no call notices', async () => {
    const { pid } = desktop.runtime()
    // Asked of the main process: to the driver a page that crashed stays lost.
    const shown = await desktop.app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents
      if (!contents) return 'no window'
      const again = new Promise((resolve) => contents.once('did-finish-load', () => resolve(contents.getURL())))
      contents.forcefullyCrashRenderer()
      return again
    })
    expect(shown).toMatch(/^app:\/\/allowance\/index\.html/)
    expect(desktop.runtime().pid).toBe(pid)
  })

  it('takes its gateway with it at the end', async () => {
    const { pid } = desktop.runtime()
    await desktop.quit()
    expect(hasEnded(pid)).toBe(true)
    expect(() => desktop.runtime()).toThrow('no gateway')
  })
})

function runningPid({ runtime }: AllowanceDesktop): number | null {
  try {
    return runtime().pid
  } catch {
    return null
  }
}

/** A call that can be told from all others by its model. */
function anotherModel(proxy: string) {
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${proxy}/openai/v1` })
  const model = 'gpt-4.1'
  return {
    model,
    call: () => client.chat.completions.create({ model, messages: [{ role: 'user', content: 'again' }] }),
  }
}

async function untilRefused(call: () => Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  for (let tries = 0; tries < 40; tries++)
    try {
      await call()
    } catch (error) {
      return error as InstanceType<typeof OpenAI.APIError>
    }
  throw new Error('the cap let everything through')
}
