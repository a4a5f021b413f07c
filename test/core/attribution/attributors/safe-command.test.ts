import { describe, expect, test } from 'vitest'
import { programName, safeCommand } from '../../../../main/core/attribution/attributors/safe-command.ts'

describe('a command in a record', () => {
  test.each([
    [['/usr/bin/node', 'agent.js', '--key', 'sk-1'], 'node agent.js'],
    [
      ['node', '--require', './preload.cjs', '--enable-source-maps', '/repo/web/src/agent.ts', 'a prompt'],
      'node src/agent.ts',
    ],
    [['node', '-r', './preload.cjs', '-e', 'fetch("http://x")'], 'node'],
    [['node', '-pe', 'process.env.KEY'], 'node'],
    [['node', '-p', 'secret.js'], 'node'],
    [['node', '--title', 'my secret.js', 'agent.js'], 'node agent.js'],
    [['node', '--test', 'x.test.js'], 'node --test x.test.js'],
    [['node', 'https://user:key@host/a.js'], 'node'],
    [['python3.11', '-u', '-m', 'pytest', '-k', 'secret'], 'python3.11 -m pytest'],
    [['python', '-c', 'print("key")', 'x.py'], 'python'],
    [['python', '-Ic', 'print("key")'], 'python'],
    [['python', '-W', 'error', 'agent.py'], 'python agent.py'],
    [['python', 'write a poem', 'agent.py'], 'python'],
    [['/venv/bin/python', '/venv/bin/pytest', '-x'], 'python /venv/bin/pytest'],
    [['npm test --silent'], 'npm test'],
    [['npm run dev --key=sk-1'], 'npm run dev'],
    [['npm run ask-sk-123'], 'npm run'],
    [['npm', 'exec', 'prompt'], 'npm exec'],
    [['node (vitest 1)'], 'vitest'],
    [['codex', 'exec', 'write a poem'], 'codex exec'],
    [['claude', '-p', 'write a poem'], 'claude'],
    [['-zsh'], 'zsh'],
    [['bash', '-lc', 'curl -H "key: 1" x.sh'], 'bash'],
    [['curl', '-H', 'authorization: Bearer sk', 'https://api.x'], 'curl'],
    [['deno', 'run', '--allow-net', 'main.ts'], 'deno run main.ts'],
    [['deno', 'eval', 'secret.ts'], 'deno eval'],
    [['bun', 'test'], 'bun test'],
    [['uv', 'run', 'agent.py'], 'uv run agent.py'],
    [['go', 'test', './...'], 'go test'],
    [['java', '-cp', 'secret.jar', '-jar', 'app.jar'], 'java app.jar'],
    [['ruby', '-e', 'puts 1', 'x.rb'], 'ruby'],
    [['php', '-r', 'echo 1;', 'x.php'], 'php'],
    [['pwsh', '-NoProfile', '-Command', 'secret.ps1'], 'pwsh'],
    [['C:\\Program Files\\nodejs\\node.exe', 'C:\\w\\agent.js'], 'node C:\\w\\agent.js'],
    [['/opt/My App/agent', 'prompt'], 'agent'],
    [[], ''],
  ])('%j is %s', (argv, expected) => {
    expect(safeCommand(argv, '/repo/web')).toBe(expected)
  })
})

describe("an ancestor's name", () => {
  test.each([
    [['node', '/repo/node_modules/.bin/vitest', 'run'], 'vitest'],
    [['node', '/repo/node_modules/vitest/vitest.mjs', 'run'], 'vitest'],
    [['node', '/repo/node_modules/.pnpm/jest@29/node_modules/jest/bin/jest.js'], 'jest'],
    [['node', '/repo/node_modules/@playwright/test/cli.js', 'test'], 'playwright'],
    [['node', '/usr/lib/node_modules/@openai/codex/bin/codex.js', 'exec', 'x'], 'codex'],
    [['node', '/usr/lib/node_modules/npm/bin/npm-cli.js', 'test'], 'npm test'],
    [['python', '-m', 'pytest', 'secret'], 'pytest'],
    [['/venv/bin/python', '/venv/bin/pytest', '-x'], 'pytest'],
    [['node', 'server.js'], 'node'],
    [['npm test'], 'npm test'],
    [['node (vitest)'], 'vitest'],
    [['go', 'test', '-run', 'x'], 'go test'],
    [['-zsh'], 'zsh'],
    [['sh', '-c', 'pytest'], 'sh'],
  ])('%j is %s', (argv, expected) => {
    expect(programName(argv)).toBe(expected)
  })
})
