// npm run demo: the gateway with a fake provider and a few simulated developers. Needs no API key and reaches nothing outside.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from './build.mjs'
import { inRoot } from './lib/root.mjs'
import { setup } from './setup.mjs'

try {
  await setup()
  await build()
  if (!existsSync(inRoot('out/demo.cjs'))) throw new Error('out/demo.cjs is missing')
  createRequire(import.meta.url)(inRoot('out/demo.cjs'))
} catch (error) {
  console.error(`allowance: ${error.message}`)
  process.exitCode = 1
}
