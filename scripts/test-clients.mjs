// npm run test:clients: installs real clients into a folder of their own and runs each of them through the gateway, by
// base URL and through CONNECT. What cannot be installed is named, with the command that would enable it. Arguments go
// to vitest. The last line is the sum.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from './build.mjs'
import { copyPrograms, ensureClients } from './lib/client-installs.mjs'
import { inRoot, root } from './lib/root.mjs'
import { runChild } from './lib/run-child.mjs'
import { sumReport, totalLine } from './lib/test-report.mjs'
import { setup } from './setup.mjs'

const GROUPS = ['sdks', 'agents', 'python']

async function testClients(args) {
  await setup()
  await build()
  const folders = {}
  const missing = []
  for (const group of GROUPS) {
    console.error(`allowance: clients: ${group} …`)
    const { folder, failure } = ensureClients(group)
    if (failure === null) {
      copyPrograms(folder)
      folders[group] = folder
    } else missing.push(`not run: ${group}: ${failure}`)
  }
  const report = mkdtempSync(path.join(tmpdir(), 'allowance-clients-'))
  try {
    const file = path.join(report, 'report.json')
    const vitest = [
      inRoot('node_modules/vitest/vitest.mjs'),
      'run',
      '--config',
      inRoot('test/clients/vitest.config.ts'),
    ]
    const code = await runChild(
      process.execPath,
      [...vitest, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args],
      {
        cwd: root,
        env: { ...process.env, ALLOWANCE_TEST_CLIENTS: JSON.stringify(folders) },
      },
    )
    for (const line of missing) console.log(line)
    const sum = sumReport(file, code)
    for (const name of sum.retried) console.log(`needed a second try: ${name}`)
    console.log(totalLine(sum))
    process.exitCode = code === 0 && sum.failed === 0 ? 0 : code || 1
  } finally {
    rmSync(report, { recursive: true, force: true })
  }
}

await testClients(process.argv.slice(2)).catch((error) => {
  console.error(`allowance: ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
