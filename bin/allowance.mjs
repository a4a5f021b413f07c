#!/usr/bin/env node
// The command line's door. `statusline` runs at every prompt of an agent and has milliseconds: for it, nothing but the
// built CLI is loaded. In a checkout the other verbs first bring the build up to date.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

const cli = new URL('../out/cli.cjs', import.meta.url)
const isStatusline = process.argv[2] === 'statusline'

async function bringUpToDate() {
  const { setup } = await import('../scripts/setup.mjs')
  await setup()
  const { tryBuild } = await import('../scripts/build.mjs')
  // A window that does not build is no reason for the command line not to run.
  if ((await tryBuild()).includes('cli')) throw new Error('the command line does not build; the reason stands above')
}

try {
  if (!isStatusline && existsSync(new URL('../.git', import.meta.url))) await bringUpToDate()
  if (existsSync(cli)) createRequire(import.meta.url)('../out/cli.cjs')
  else if (!isStatusline) throw new Error('out/cli.cjs is missing; in a checkout `npm run build` makes it')
} catch (error) {
  console.error(`allowance: ${error.message}`)
  process.exitCode = 1
}
