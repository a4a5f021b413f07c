import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockHome } from '../../../main/ledger/store/home-lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('lets one gateway have a home at a time', () => {
  const file = path.join(folder, 'gateway.lock')
  const first = lockHome(file)
  expect(() => lockHome(file)).toThrow(expect.objectContaining({ code: 'already-running' }))
  first.release()
  lockHome(file).release()
})

it('is free again when its holder was killed', async () => {
  const file = path.join(folder, 'gateway.lock')
  const source = `
    const { createRequire } = require('node:module')
    const sqlite = (() => { try { return require('node:sqlite') } catch { return createRequire(process.argv[1])('@photostructure/sqlite') } })()
    const database = new sqlite.DatabaseSync(process.argv[2])
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    console.log('locked')
    setInterval(() => {}, 1000)`
  const holder = spawn(process.execPath, ['-e', source, path.resolve('package.json'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  expect(() => lockHome(file)).toThrow(expect.objectContaining({ code: 'already-running' }))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  lockHome(file).release()
})
