import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

// An installed package: bin and out, no checkout around it.
let installed = ''
beforeEach(() => {
  installed = mkdtempSync(path.join(tmpdir(), 'allowance-bin-'))
  cpSync('bin', path.join(installed, 'bin'), { recursive: true })
})
afterEach(() => rmSync(installed, { recursive: true }))

function allowance(...args: string[]) {
  const bin = path.join(installed, 'bin', 'allowance.mjs')
  return spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8', input: '{}' })
}

function build(source: string): void {
  mkdirSync(path.join(installed, 'out'))
  writeFileSync(path.join(installed, 'out', 'cli.cjs'), source)
}

describe('the allowance command', () => {
  it('runs the built command line with its arguments', () => {
    build('process.stdout.write(process.argv.slice(2).join(" ")); process.exitCode = 7')
    expect(allowance('spend', '--by', 'project')).toMatchObject({ stdout: 'spend --by project', status: 7 })
  })

  it('loads nothing but the built command line', () => {
    build('process.stdout.write(Object.keys(require.cache).length.toString())')
    expect(allowance('statusline').stdout).toBe('1')
  })

  it('says what is missing when it was never built, on stderr', () => {
    const { status, stdout, stderr } = allowance('status')
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toContain('npm run build')
  })

  it('never fails an agent that asks for a status line', () => {
    expect(allowance('statusline')).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })
})
