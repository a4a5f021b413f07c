import { expect, test } from 'vitest'
import { createWindowsLookup, parseTables, splitCommandLine } from '../../../main/platform/process/windows.ts'

// The shape of ConvertTo-Json over Get-NetTCPConnection and Win32_Process (Windows 11, PowerShell 5.1).
const RECORDED = JSON.stringify({
  connections: [
    { LocalAddress: '127.0.0.1', LocalPort: 54321, RemoteAddress: '127.0.0.1', RemotePort: 4141, OwningProcess: 4242 },
    { LocalAddress: '127.0.0.1', LocalPort: 54321, RemoteAddress: '127.0.0.1', RemotePort: 9999, OwningProcess: 7 },
  ],
  processes: [
    {
      ProcessId: 4242,
      ParentProcessId: 900,
      Name: 'node.exe',
      CommandLine: '"C:\\Program Files\\nodejs\\node.exe" agent.js --key sk-secret',
      StartedMs: 3_000,
    },
    {
      ProcessId: 900,
      ParentProcessId: 800,
      Name: 'node.exe',
      CommandLine: 'node  C:\\web\\node_modules\\vitest\\vitest.mjs run',
      StartedMs: 2_000,
    },
    { ProcessId: 800, ParentProcessId: 4, Name: 'pwsh.exe', CommandLine: null, StartedMs: 1_000 },
    { ProcessId: 4, ParentProcessId: 0, Name: 'System', CommandLine: null, StartedMs: 9_000 },
  ],
})
const PEER = { remoteAddress: '127.0.0.1', remotePort: 54321, localAddress: '127.0.0.1', localPort: 4141 }

test('a recorded answer: owner and ancestors; the directory is not known; a later process is no parent', async () => {
  let asked: readonly string[] = []
  const lookup = createWindowsLookup(async (_program, args) => ((asked = args), RECORDED))
  const found = await lookup.processOf(PEER)
  expect(found?.facts).toEqual({ pid: 4242, command: 'node agent.js', cwd: null, parents: ['vitest', 'pwsh'] })
  expect(asked.at(-1)).toContain('-LocalPort 54321|')
  expect(found && (await lookup.recheck(found))).toBe(found)
})

test('who is not in the table is unknown, and so is all when PowerShell fails', async () => {
  expect(await createWindowsLookup(async () => RECORDED).processOf({ ...PEER, remotePort: 1 })).toBeNull()
  expect(await createWindowsLookup(async () => '').processOf(PEER)).toBeNull()
  expect(await createWindowsLookup(async () => RECORDED).processOf({})).toBeNull()
})

test('a list of one comes as the one', () => {
  const row = { LocalAddress: '::1', LocalPort: 1, RemoteAddress: '::1', RemotePort: 2, OwningProcess: 3 }
  expect(parseTables(JSON.stringify({ connections: row, processes: [] })).owners).toEqual(
    new Map([['::1:1->::1:2', 3]]),
  )
})

test('command lines are split as Windows does', () => {
  expect(splitCommandLine('"C:\\a b\\x.exe"  -c "say \\"hi\\"" --k="v w"')).toEqual([
    'C:\\a b\\x.exe',
    '-c',
    'say "hi"',
    '--k=v w',
  ])
})
