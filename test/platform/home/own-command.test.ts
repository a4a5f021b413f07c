import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownCommand } from '../../../main/platform/home/own-command.ts'

let root: string
let script: string
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'allowance-own '))
  for (const folder of ['bin', 'ours', 'theirs', 'node', 'other-node']) mkdirSync(path.join(root, folder))
  script = path.join(root, 'bin', 'allowance.mjs')
  writeFileSync(script, '#!/usr/bin/env node\nconsole.log(process.argv.slice(2).join())\n')
  chmodSync(script, 0o755)
  symlinkSync(script, path.join(root, 'ours', 'allowance'))
  writeFileSync(path.join(root, 'theirs', 'allowance'), '#!/bin/sh\nexit 0\n', { mode: 0o755 })
  symlinkSync(process.execPath, path.join(root, 'node', 'node'))
  writeFileSync(path.join(root, 'other-node', 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
})
afterAll(() => rmSync(root, { recursive: true }))

const commandWith = (...folders: string[]) =>
  ownCommand({
    env: { PATH: folders.map((folder) => path.join(root, folder)).join(path.delimiter) },
    platform: 'linux',
    execPath: process.execPath,
    script,
  })

describe('how to call us from here', () => {
  it('is the bare name where that leads to us', () => {
    expect(commandWith('node', 'ours')).toBe('allowance')
  })

  it.each([
    ['nothing of that name is on the PATH', ['node'], 'node '],
    ['the name is another program’s', ['node', 'theirs', 'ours'], 'node '],
    ['there is no Node on the PATH', [], `${process.execPath} `],
    ['the Node on the PATH is another', ['other-node'], `${process.execPath} `],
  ])('is the whole command where %s, and runs as it stands', (_, folders, runtime) => {
    const command = commandWith(...folders)
    expect(command).toBe(`${runtime}'${script}'`)
    const env = { PATH: [...folders.map((folder) => path.join(root, folder)), '/usr/bin', '/bin'].join(':') }
    expect(execFileSync('/bin/sh', ['-c', `${command} cap list`], { env, encoding: 'utf8' })).toBe('cap,list\n')
  })
})
