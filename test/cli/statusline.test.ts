import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** As an agent runs it: the built program, a pipe for stdin. */
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  await build({
    configFile: 'vite.config.gateway.ts',
    logLevel: 'error',
    build: {
      ssr: 'main/cli/run-statusline.ts',
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'statusline.cjs' } },
    },
  })
  writeFileSync(path.join(folder, 'run.cjs'), "require('./statusline.cjs').runStatusline(__dirname)")
  const spend = {
    spentUsd: '1.234567890',
    limitUsd: '10.000000000',
    raisedUsd: '5.000000000',
    leftUsd: '13.000000000',
    burnUsdPerHour: '0.042000000',
  }
  const status = { schema: 1, at: new Date(0).toISOString(), pid: process.pid, state: 'paused', spend, sessions: [] }
  writeFileSync(path.join(folder, 'statusline.json'), JSON.stringify(status))
}, 30_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function run(speak: (stdin: NodeJS.WritableStream) => void): Promise<{ code: number | null; text: string }> {
  const child = spawn(process.execPath, [path.join(folder, 'run.cjs')], { stdio: ['pipe', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  speak(child.stdin)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, text }
}

const LINE = '$1.23 of $15.00 today · $0.0420/h'

describe('statusline', () => {
  it('answers an agent that speaks and closes', async () => {
    expect(await run((stdin) => stdin.end('{"model":{"display_name":"Opus"}}'))).toEqual({
      code: 0,
      text: `Opus · ${LINE} · paused\n`,
    })
  })

  it('answers one that speaks and keeps its end open', async () => {
    expect(await run((stdin) => stdin.write('{"model":"x"}'))).toEqual({ code: 0, text: `x · ${LINE} · paused\n` })
  })

  it('answers one that says nothing and keeps its end open', async () => {
    expect(await run(() => {})).toEqual({ code: 0, text: `${LINE} · paused\n` })
  })

  it('answers one that says something else', async () => {
    expect(await run((stdin) => stdin.end('\u0000\u0001['))).toEqual({ code: 0, text: `${LINE} · paused\n` })
  })
})
