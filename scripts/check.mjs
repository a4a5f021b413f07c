// npm run check: what can be known in half a minute. Format, lint, types, the build, then the unit tests.
import { inRoot, root } from './lib/root.mjs'
import { runChild } from './lib/run-child.mjs'
import { setup } from './setup.mjs'

/** @type {{ name: string, program: string, args: string[], fix?: string }[]} */
const steps = [
  { name: 'format', program: '@biomejs/biome/bin/biome', args: ['format', '.'], fix: 'npm run format' },
  { name: 'lint', program: 'oxlint/bin/oxlint', args: ['--type-aware'] },
  { name: 'types', program: 'typescript/bin/tsc', args: ['-b'] },
  { name: 'build', program: '../scripts/build.mjs', args: [] },
  { name: 'unit tests', program: 'vitest/vitest.mjs', args: ['run', '--project', 'unit'] },
]

async function check() {
  await setup()
  const failed = []
  for (const { name, program, args, fix } of steps) {
    const startedMs = Date.now()
    const code = await runChild(process.execPath, [inRoot('node_modules', program), ...args], { cwd: root })
    if (code !== 0) failed.push(fix === undefined ? name : `${name} (fix: ${fix})`)
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`)
  }
  if (failed.length > 0) console.error(`check failed: ${failed.join(', ')}`)
  process.exitCode = failed.length > 0 ? 1 : 0
}

await check().catch((error) => {
  console.error(`allowance: ${error.message}`)
  process.exitCode = 1
})
