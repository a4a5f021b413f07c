import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Io } from '../../../main/cli/support/command.ts'
import { ca } from '../../../main/cli/commands/setup/ca.ts'
import { env } from '../../../main/cli/commands/setup/env.ts'
import { hook } from '../../../main/cli/commands/setup/hook.ts'
import { off } from '../../../main/cli/commands/setup/off.ts'
import { uninstall } from '../../../main/cli/commands/setup/uninstall.ts'
import { hookScript } from '../../../main/cli/environment/variables/hook-script.ts'
import { writeRuntimeFile } from '../../../main/platform/home/runtime-file.ts'

let home: string
beforeEach(() => {
  home = path.join(mkdtempSync(path.join(tmpdir(), 'allowance-verbs-')), 'home')
})
afterEach(() => rmSync(path.dirname(home), { recursive: true, force: true }))

function ioOf(extra: Record<string, string> = {}, change: Partial<Io> = {}) {
  const said = { stdout: '', stderr: '' }
  const io: Io = {
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
    env: { PATH: process.env['PATH'], ALLOWANCE_HOME: home, SHELL: '/bin/bash', ...extra },
    cwd: process.cwd(),
    platform: 'linux',
    isTTY: false,
    columns: 80,
    signal: new AbortController().signal,
    ...change,
  }
  return { io, said }
}

describe('env and off', () => {
  it('JSON as the contract has it, the files that it names exist', async () => {
    const { io, said } = ioOf({ NO_PROXY: 'acme.dev' })
    expect(await env({ shell: 'json', project: 'web' }, io)).toBe(0)
    const answer = JSON.parse(said.stdout)
    expect(answer).toMatchObject({
      schema: 1,
      mode: 'connect',
      unset: [],
      saved: { HTTPS_PROXY: null, NO_PROXY: 'acme.dev' },
    })
    expect(answer.set.HTTPS_PROXY).toBe('http://project=web:x@127.0.0.1:4141')
    for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'])
      expect(statSync(answer.set[name]).mode & 0o777).toBe(0o600)
    expect(said.stderr).toContain('no gateway is running yet')
  })

  it('a proxy of the terminal that is not the one of the gateway is told of', async () => {
    const warned = async (mode: 'connect' | 'base-url', outerProxy: string | null, mine: Record<string, string>) => {
      const { io, said } = ioOf(mine)
      mkdirSync(home, { recursive: true })
      const place = { proxy: 'http://127.0.0.1:4141', control: '', token: 't', proxyToken: '', home, startedAt: '' }
      writeRuntimeFile(path.join(home, 'runtime.json'), { ...place, pid: process.pid, version: '0', outerProxy })
      await env({ shell: 'json', mode }, io)
      return /this terminal's proxy .*/.exec(said.stderr)?.[0] ?? null
    }
    const corp = { HTTPS_PROXY: 'http://ada:pw@corp:3128' }
    expect(await warned('connect', null, corp)).toBe(
      "this terminal's proxy (corp:3128) is not the gateway's own (none): calls from here go on through corp:3128",
    )
    expect(await warned('base-url', 'other:80', corp)).toMatch(
      /own \(other:80\): calls from here go on through the gateway's$/,
    )
    expect(await warned('connect', 'corp:3128', corp)).toBeNull()
    expect(await warned('connect', 'corp:3128', {})).toBeNull()
    expect(await warned('connect', null, { HTTPS_PROXY: 'http://127.0.0.1:4141' })).toBeNull()
  })

  it('a shell that evaluates env, env again and off is what it was', async () => {
    const before = { OPENAI_BASE_URL: "http://it's:4000/v1", NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt' }
    const shell = (values: Record<string, string>, lines: string) =>
      Object.fromEntries(
        execFileSync('bash', ['--norc', '-c', `${lines}\nexec env -0`], {
          env: { PATH: process.env['PATH'], ...values },
          encoding: 'utf8',
        })
          .split('\0')
          .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const)
          .filter(([name]) => !['', 'PWD', 'SHLVL', '_', 'PATH'].includes(name)),
      )
    const lines = async (values: Record<string, string>, verb: (io: Io) => Promise<number>) => {
      const { io, said } = ioOf(values)
      await verb(io)
      return said.stdout
    }
    const first = shell(before, await lines(before, (io) => env({ mode: 'both' }, io)))
    expect(first['OPENAI_BASE_URL']).toContain('/openai/v1')
    const second = shell(first, await lines(first, (io) => env({ mode: 'both' }, io)))
    expect(second).toEqual(first)
    expect(shell(second, await lines(second, (io) => off({}, io)))).toEqual(before)
  })

  it.each([
    [{ tag: ['team'] }, 'is not name=value'],
    [{ tag: ['upstream-openai=x'] }, 'cannot be used'],
    [{ tag: ['developer=bob'] }, 'a developer is never taken from a tag'],
    [{ project: 'x'.repeat(300) }, 'too long'],
  ])('%j is told of', async (options, message) => {
    await expect(env(options, ioOf().io)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
    })
  })

  it('a place beyond loopback brings its token along', async () => {
    mkdirSync(home)
    const proxy = 'http://0.0.0.0:4141'
    writeFileSync(
      path.join(home, 'runtime.json'),
      JSON.stringify({
        pid: process.pid,
        version: '0',
        proxy,
        control: proxy,
        token: 'control',
        proxyToken: 'secret',
        home,
        startedAt: 'x',
      }),
    )
    const { io, said } = ioOf()
    await env({ shell: 'dotenv' }, io)
    expect(said.stdout).toContain('HTTPS_PROXY=http://allowance:secret@127.0.0.1:4141\n')
    expect(said.stdout).not.toContain('control')
  })
})

describe('the hook', () => {
  const has = (shell: string) => spawnSync(shell, ['--version'], { stdio: 'ignore' }).error === undefined

  for (const shell of ['bash', 'zsh', 'fish'] as const)
    it.skipIf(!has(shell))(`${shell}: on below a .allowance file, off elsewhere, asked only when that changes`, () => {
      const folder = path.dirname(home)
      const project = path.join(folder, 'a project', 'deep', 'er')
      mkdirSync(project, { recursive: true })
      writeFileSync(path.join(folder, 'a project', '.allowance'), '')
      const stub = path.join(folder, 'stub')
      const answer = shell === 'fish' ? 'echo "set -gx STATE $1"' : 'echo "export STATE=$1"'
      writeFileSync(stub, `#!/bin/sh\necho asked >> '${folder}/asked'\n${answer}\n`, { mode: 0o755 })
      const prompt = shell === 'fish' ? 'emit fish_prompt' : '_allowance_hook'
      const show = 'echo "state=$STATE"'
      const script = [
        hookScript(shell, stub),
        ...['/', project, path.join(folder, 'a project'), '/', '/tmp'].flatMap((place) => [
          `cd '${place}'`,
          prompt,
          show,
        ]),
      ].join('\n')
      const flags = shell === 'zsh' ? ['-f', '-c'] : shell === 'fish' ? ['--no-config', '-c'] : ['--norc', '-c']
      const stdout = execFileSync(shell, [...flags, script], {
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: folder },
      })
      expect(stdout.trim().split('\n')).toEqual(['state=', 'state=env', 'state=env', 'state=off', 'state=off'])
      expect(readFileSync(path.join(folder, 'asked'), 'utf8')).toBe('asked\nasked\n')
    })

  it('evaluated twice, bash asks once a prompt', () => {
    const script = `${hookScript('bash')}\n${hookScript('bash')}\necho "$PROMPT_COMMAND"`
    expect(
      execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env: { PROMPT_COMMAND: 'mine' } }).trim(),
    ).toBe('_allowance_hook;mine')
  })

  it('env takes its tags from the file', async () => {
    mkdirSync(home)
    const file = path.join(home, '.allowance')
    writeFileSync(file, '# ours\nproject=web\n\nteam=growth\n')
    const { io, said } = ioOf()
    await env({ shell: 'dotenv', file, project: 'mine' }, io)
    expect(said.stdout).toContain('HTTPS_PROXY=http://project=mine,team=growth:x@127.0.0.1:4141\n')
  })

  it('there is none for cmd', async () => {
    await expect(hook({ shell: 'cmd' }, ioOf().io)).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('ca', () => {
  it('shows, rotates, and asks the system only when told to', async () => {
    const calls: string[][] = []
    const runProgram = async (program: string, args: readonly string[]) => void calls.push([program, ...args])
    const show = async () => {
      const { io, said } = ioOf()
      await ca({ action: 'show', json: true, runProgram }, io)
      return JSON.parse(said.stdout) as {
        bundle: string
        generations: { number: number; rootFingerprint: string; hosts: string[] }[]
      }
    }
    const before = await show()
    expect(before.generations).toHaveLength(1)
    expect(before.generations[0]?.hosts).toContain('api.openai.com')
    await ca({ action: 'rotate', runProgram }, ioOf().io)
    const after = await show()
    expect(after.generations.map((one) => one.number)).toEqual([2])
    expect(after.generations[0]?.rootFingerprint).not.toBe(before.generations[0]?.rootFingerprint)
    expect(calls).toEqual([])

    await ca({ action: 'trust', runProgram }, ioOf({}, { platform: 'darwin' }).io)
    await ca({ action: 'untrust', runProgram }, ioOf({}, { platform: 'win32' }).io)
    expect(calls[0]).toEqual(['security', 'add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', after.bundle])
    expect(calls[1]?.slice(0, 4)).toEqual(['certutil', '-user', '-delstore', 'Root'])
    expect(calls[1]?.[4]).toMatch(/^Allowance Root [0-9a-f]{8}$/)
  })

  it('a system that does not let us is named, with the way that it would', async () => {
    const runProgram = async () => Promise.reject(new Error('authorization denied'))
    await expect(ca({ action: 'trust', runProgram }, ioOf({}, { platform: 'darwin' }).io)).rejects.toMatchObject({
      code: 'not-allowed',
      message: expect.stringContaining('authorization denied'),
      fix: 'sudo allowance ca trust',
    })
  })
})

describe('uninstall', () => {
  it('stops the gateway and leaves nothing', async () => {
    const { io } = ioOf()
    await ca({ action: 'show' }, io)
    const gateway = spawn(process.execPath, [path.resolve('test/cli/environment/fake-gateway.mjs')], {
      env: { ALLOWANCE_HOME: home, NODE_NO_WARNINGS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const exited = once(gateway, 'exit')
    await expect.poll(() => existsSync(path.join(home, 'runtime.json')), { timeout: 10_000 }).toBe(true)
    expect(await uninstall({ purge: true, runProgram: async () => {} }, io)).toBe(0)
    expect((await exited)[0]).toBe(0)
    expect(readdirSync(path.dirname(home))).toEqual([])
  })

  it('takes the folders away that were made for the home, and leaves those that others use', async () => {
    for (const [neighbour, left] of [
      [null, []],
      ['.local/share/other', ['.local', '.local/share', '.local/share/other']],
    ] as const) {
      const user = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
      const { io } = ioOf({ ALLOWANCE_HOME: '', HOME: user }, { platform: 'linux' })
      await ca({ action: 'show' }, io)
      if (neighbour) mkdirSync(path.join(user, neighbour))
      expect(await uninstall({ purge: true, runProgram: async () => {} }, io)).toBe(0)
      expect(readdirSync(user, { recursive: true }).map(String).sort()).toEqual(left)
      rmSync(user, { recursive: true })
    }
  })

  it('does nothing without --purge', async () => {
    const { io } = ioOf()
    await ca({ action: 'show' }, io)
    await expect(uninstall({}, io)).rejects.toMatchObject({ code: 'usage', fix: 'allowance uninstall --purge' })
    expect(existsSync(home)).toBe(true)
  })
})
