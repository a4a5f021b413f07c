import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Harness, startHarness } from '../support/gateway/gateway-harness.ts'

const run = promisify(execFile)
let harness: Harness
let folder: string

beforeAll(async () => {
  harness = await startHarness()
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-two-'))
})
afterAll(async () => {
  await harness.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** A repository as git leaves it on the disk, with a manifest that names it. */
function makeRepository(name: string, branch: string): string {
  const root = path.join(folder, name)
  mkdirSync(path.join(root, '.git'), { recursive: true })
  writeFileSync(path.join(root, '.git', 'HEAD'), `ref: refs/heads/${branch}\n`)
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ name }))
  writeFileSync(
    path.join(root, 'agent.mjs'),
    `const answer = await fetch(process.argv[2] + '/openai/v1/chat/completions', {
       method: 'POST',
       headers: { 'content-type': 'application/json', authorization: 'Bearer sk-the-same' },
       body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'the same words' }] }),
     })
     await answer.text()`,
  )
  return root
}

test('two agents with one key, one model and the same words are told apart by where they run', async () => {
  const web = makeRepository('web', 'feat/x')
  const api = makeRepository('api', 'main')
  await Promise.all([web, api].map((cwd) => run(process.execPath, ['agent.mjs', harness.url], { cwd })))
  const calls = harness.calls().map(({ attribution, conversation }) => ({ ...attribution, conversation }))
  expect(calls).toHaveLength(2)
  expect(calls.map(({ project, branch }) => `${project} ${branch}`).sort()).toEqual(['api main', 'web feat/x'])
  expect(new Set(calls.map(({ keyFingerprint }) => keyFingerprint)).size).toBe(1)
  expect(new Set(calls.map(({ conversation }) => conversation)).size).toBe(2)
  for (const { process: caller, source } of calls) {
    expect(caller?.command).toBe('node agent.mjs')
    expect(source).toMatchObject({ project: 'process', branch: 'process' })
  }
})
