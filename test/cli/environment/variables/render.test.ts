import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { guessShell, renderChange } from '../../../../main/cli/environment/variables/render.ts'

const AWKWARD: Record<string, string> = {
  PLAIN: 'http://127.0.0.1:4141',
  TAGS: 'http://project=we%2Fb,session=s1:x@127.0.0.1:4141',
  QUOTES: `it's "so" \\ and ‘that’`,
  DOLLARS: '$HOME `id` $(id) ${PATH} !! %PATH% & | ; < > ^ # ~ *',
  TEXT: 'one\ntwo\t three ',
  EMPTY: '',
}
const PRINT = `process.stdout.write(JSON.stringify(Object.fromEntries(${JSON.stringify([...Object.keys(AWKWARD), 'GONE'])}.map((name) => [name, process.env[name] ?? null]))))`
const change = { set: AWKWARD, unset: ['GONE'] }
const has = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

/** What a program started by a shell finds in its environment after the shell has evaluated our lines. */
function evaluated(shell: string, lines: string): Record<string, string | null> {
  const node = `"${process.execPath}" -e '${PRINT}'`
  const script = shell === 'pwsh' ? `${lines}& ${node.replace(/"/g, '\\"')}` : `${lines}${node}`
  const flags =
    shell === 'zsh'
      ? ['-f', '-c']
      : shell === 'fish'
        ? ['--no-config', '-c']
        : shell === 'bash'
          ? ['--norc', '-c']
          : shell === 'bash'
            ? ['--norc', '-c']
            : ['-c']
  const stdout = execFileSync(shell, [...flags, script], {
    env: { PATH: process.env['PATH'], GONE: 'still here' },
    encoding: 'utf8',
  })
  return JSON.parse(stdout) as Record<string, string | null>
}

describe('lines that a shell evaluates', () => {
  for (const [shell, language] of [
    ['bash', 'bash'],
    ['dash', 'bash'],
    ['sh', 'bash'],
    ['zsh', 'zsh'],
    ['fish', 'fish'],
  ] as const)
    it.skipIf(!has(shell))(
      `${shell} ends up with exactly the values${has(shell) ? '' : ` (apt-get install ${shell})`}`,
      () => expect(evaluated(shell, renderChange(language, change))).toEqual({ ...AWKWARD, GONE: null }),
    )

  it('through eval "$(…)", as people do it', () => {
    const lines = renderChange('bash', change)
    const script = `eval "$LINES_TO_EVALUATE"; "${process.execPath}" -e '${PRINT}'`
    const stdout = execFileSync('bash', ['--norc', '-c', script], {
      env: { PATH: process.env['PATH'], LINES_TO_EVALUATE: lines, GONE: 'x' },
      encoding: 'utf8',
    })
    expect(JSON.parse(stdout)).toEqual({ ...AWKWARD, GONE: null })
  })

  it('PowerShell: strings in single quotes, every kind of quote doubled', () =>
    expect(renderChange('pwsh', change)).toContain(`$env:QUOTES = 'it''s "so" \\ and ‘‘that’’'\n`))

  it('cmd: the whole assignment in quotes', () =>
    expect(renderChange('cmd', { set: { HTTPS_PROXY: 'http://a&b:1' }, unset: ['GONE'] })).toBe(
      'set "GONE="\nset "HTTPS_PROXY=http://a&b:1"\n',
    ))

  it('dotenv: bare where that is safe, else quoted', () => {
    const text = renderChange('dotenv', {
      set: { A: 'http://project=web:x@127.0.0.1:4141', B: 'a b', C: `it's` },
      unset: ['D'],
    })
    expect(text).toBe(`A=http://project=web:x@127.0.0.1:4141\nB='a b'\nC="it's"\n`)
  })
})

describe('the shell of a terminal', () => {
  it.each([
    [{ SHELL: '/bin/zsh' }, 'darwin', 'zsh'],
    [{ SHELL: '/usr/bin/fish' }, 'linux', 'fish'],
    [{ SHELL: '/bin/dash' }, 'linux', 'bash'],
    [{}, 'linux', 'bash'],
    [{ PSModulePath: 'C:\\x' }, 'win32', 'pwsh'],
    [{}, 'win32', 'cmd'],
  ] as const)('%j on %s: %s', (env, platform, shell) => expect(guessShell(env, platform)).toBe(shell))
})
