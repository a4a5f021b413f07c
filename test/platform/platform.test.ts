import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newCallId } from '../../main/platform/system/ids.ts'
import { createLogger, fileWriter } from '../../main/platform/system/logger.ts'
import { ensureHome, resolveHome, temporaryHome } from '../../main/platform/home/paths.ts'
import { readRuntimeFile, removeRuntimeFile, writeRuntimeFile } from '../../main/platform/home/runtime-file.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const isRoot = process.getuid?.() === 0

describe('the home', () => {
  it.each([
    ['a variable', { ALLOWANCE_HOME: '/x/y' }, 'linux', '/x/y'],
    ['XDG', { XDG_DATA_HOME: '/data', HOME: '/home/ada' }, 'linux', '/data/allowance'],
    ['Linux', { HOME: '/home/ada' }, 'linux', '/home/ada/.local/share/allowance'],
    ['macOS', { HOME: '/Users/ada' }, 'darwin', '/Users/ada/Library/Application Support/Allowance'],
  ] as const)('is where %s says', (_name, env, platform, expected) => {
    expect(resolveHome(env, platform)).toBe(expected)
  })

  it('is made for its user alone, also where a looser folder stood', () => {
    const home = path.join(folder, 'deep', 'home')
    ensureHome(home)
    chmodSync(home, 0o755)
    ensureHome(home)
    expect(statSync(home).mode & 0o777).toBe(0o700)
  })

  it.runIf(process.platform === 'linux')(
    'is refused at once where nothing can be made, though the folder is there',
    () => {
      expect(() => ensureHome('/proc/allowance')).toThrow(expect.objectContaining({ code: 'home-not-writable' }))
    },
  )

  it('says which path cannot be written and what to do', () => {
    const file = path.join(folder, 'file')
    writeFileSync(file, '')
    expect(() => ensureHome(path.join(file, 'home'))).toThrow(
      expect.objectContaining({
        code: 'home-not-writable',
        message: expect.stringContaining(file),
        fix: expect.stringContaining('ALLOWANCE_HOME'),
      }),
    )
  })

  it.skipIf(isRoot)('is refused when it is read-only', () => {
    chmodSync(folder, 0o500)
    expect(() => ensureHome(path.join(folder, 'home'))).toThrow(expect.objectContaining({ code: 'home-not-writable' }))
  })

  it('can last as long as one run', () => {
    const { home, remove } = temporaryHome()
    remove()
    expect(statSync(home, { throwIfNoEntry: false })).toBeUndefined()
  })
})

describe('call ids', () => {
  it('sort by time, within a millisecond and over a clock set back', () => {
    const nowMs = Date.now()
    const ids = [nowMs, nowMs, nowMs, nowMs - 5_000, nowMs + 1].map(newCallId)
    expect([...ids].sort()).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids[0]).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/)
  })
})

describe('the runtime file', () => {
  const runtime = {
    version: '1',
    proxy: 'http://127.0.0.1:1',
    control: 'http://127.0.0.1:2',
    token: 't',
    proxyToken: 'p',
    home: '/h',
    startedAt: new Date(0).toISOString(),
  }

  it('is for its user alone, and read back', () => {
    const file = path.join(folder, 'runtime.json')
    writeRuntimeFile(file, { ...runtime, pid: process.pid })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readRuntimeFile(file)).toMatchObject({ pid: process.pid, token: 't' })
    removeRuntimeFile(file, process.pid + 1)
    expect(readRuntimeFile(file)).not.toBeNull()
    removeRuntimeFile(file, process.pid)
    expect(readRuntimeFile(file)).toBeNull()
  })

  it('counts for nothing when its process is gone', () => {
    const file = path.join(folder, 'runtime.json')
    const pid = Number(execFileSync(process.execPath, ['-p', 'process.pid']).toString())
    writeRuntimeFile(file, { ...runtime, pid })
    expect(readRuntimeFile(file)).toBeNull()
  })

  it.each(['', '{', '{"pid":1}', 'null'])('counts for nothing when it says %j', (text) => {
    const file = path.join(folder, 'runtime.json')
    writeFileSync(file, text)
    expect(readRuntimeFile(file)).toBeNull()
  })
})

describe('the log', () => {
  it('leaves out keys, tokens, bodies and headers', () => {
    const key = `sk-${'a1'.repeat(12)}`
    const lines: string[] = []
    const logger = createLogger({ write: (line) => lines.push(line), clock: () => 0 })
    logger.warn(`sent ${key} with Bearer abc.def`, {
      headers: { a: 1 },
      body: 'prompt',
      url: 'http://ada:pw@host/?key=123&x=1',
      nested: { token: 'secret', apiKey: 'secret' },
    })
    const [line = ''] = lines
    expect(JSON.parse(line)).toMatchObject({ at: '1970-01-01T00:00:00.000Z', level: 'warn' })
    for (const secret of [key, 'abc.def', 'prompt', 'pw@', '123', 'secret']) expect(line).not.toContain(secret)
    expect(line).toContain('x=1')
  })

  it('keeps its file small', () => {
    const file = path.join(folder, 'gateway.log')
    const write = fileWriter(file)
    const line = `${'x'.repeat(1023)}\n`
    for (let count = 0; count < 9 * 1024; count += 1) write(line)
    expect(statSync(file).size).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(statSync(`${file}.1`).size).toBeLessThanOrEqual(4 * 1024 * 1024)
    expect(readFileSync(file, 'utf8').endsWith(line)).toBe(true)
  })
})
