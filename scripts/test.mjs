// npm test: installs what is missing, builds, and runs every test this machine can run. Its last line is the sum.
// Arguments go to vitest: `npm test -- --project unit`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from './build.mjs'
import { inRoot, root } from './lib/root.mjs'
import { runChild } from './lib/run-child.mjs'
import { sumReport, totalLine } from './lib/test-report.mjs'
import { setup } from './setup.mjs'

async function test(args) {
  await setup()
  await build()
  const { machineNeeds } = await import('./lib/machine.mjs')
  const report = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
  try {
    const file = path.join(report, 'report.json')
    const code = await runVitest(args, file)
    for (const need of machineNeeds().filter(({ has }) => !has))
      console.log(`not run: ${need.tests} (no ${need.id}); enable with: ${need.enable}`)
    const sum = sumReport(file, code)
    for (const name of sum.retried) console.log(`needed a second try: ${name}`)
    console.log(totalLine(sum))
    process.exitCode = code === 0 && sum.failed === 0 ? 0 : code || 1
  } finally {
    rmSync(report, { recursive: true, force: true })
  }
}

function runVitest(args, file) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  return runChild(process.execPath, [inRoot('node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args], {
    cwd: root,
    // A build leaves NODE_ENV at production behind it, and React has no `act` there.
    env: { ...process.env, NODE_ENV: 'test', ALLOWANCE_BUILT: '1' },
  })
}

await test(process.argv.slice(2)).catch((error) => {
  console.error(`allowance: ${error.message}`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
})
