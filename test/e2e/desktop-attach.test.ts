import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AllowanceDesktop, startAllowanceDesktop } from '../support/desktop/allowance-desktop.ts'
import { startProgram, stopProgram } from '../support/child-process.ts'
import { machineLacks } from '../support/gateway/machine.ts'
import { sdkCalls } from '../support/load/sdk-calls.ts'

const policy = { schema: 1, version: 1, rules: [{ id: 'daily', guard: 'spend-cap', limitUsd: '1.00', per: 'day' }] }

describe.skipIf(machineLacks('xvfb', 'electron'))('the desktop app beside `allowance serve`', () => {
  let desktop: AllowanceDesktop
  let serve: ChildProcess
  beforeAll(async () => {
    desktop = await startAllowanceDesktop({
      policy,
      prepare: async (_session, env) => {
        serve = startProgram(process.execPath, ['out/cli.cjs', 'serve', '--json'], { env })
        await once(createInterface({ input: serve.stdout as Readable }), 'line')
      },
    })
  })
  afterAll(async () => {
    await desktop?.stop()
    if (serve) await stopProgram(serve)
  })

  const spent = () => desktop.window.getByTestId('spent-today')

  it('attaches to the gateway that runs, and starts none', async () => {
    await spent().getByText('$0.00').waitFor()
    expect(desktop.runtime().pid).toBe(serve.pid)
    await sdkCalls(desktop.runtime().proxy).openai('hello')
    await spent().getByText('$0.0012').waitFor()
  })

  it('starts its own when that one ends, with the same books', async () => {
    const ended = once(serve, 'exit')
    serve.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    await expect.poll(() => ownerOf(desktop), { timeout: 20_000 }).not.toBe(null)
    await desktop.window.getByText('Live', { exact: true }).waitFor()
    await spent().getByText('$0.0012').waitFor()
  })
})

function ownerOf({ runtime }: AllowanceDesktop): number | null {
  try {
    return runtime().pid
  } catch {
    return null
  }
}
