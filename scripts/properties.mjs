// Long forms of the tests that `npm test` runs in short.
//   npm run fuzz [cases=100000]       whatever clients, providers, people and programs may send
//   npm run simulate [steps=1000000]  random orders of admissions, top-ups, settlements, crashes and policy changes
//   npm run chaos [rounds=500]        a gateway under mixed load that is killed, or told to stop, at random moments
//   npm run soak [minutes=30]         steady mixed load: memory, descriptors and latency have to stay flat
// PROPERTY_SEED picks another sequence; the failing one is printed.
import { randomInt } from 'node:crypto'
import { build } from './build.mjs'
import { inRoot, root } from './lib/root.mjs'
import { runChild } from './lib/run-child.mjs'
import { setup } from './setup.mjs'

/** `each`: cases or steps that one run makes on average. */
const KINDS = {
  fuzz: { files: ['test/fuzz', 'test/proxy/failures/any-bytes.test.ts'], count: 100_000, each: 9, unit: 'cases' },
  chaos: { files: ['test/crash/chaos.test.ts'], count: 500, each: 1, unit: 'rounds' },
  soak: { files: ['test/crash/soak.test.ts'], count: 30, each: 1, unit: 'minutes' },
  simulate: { files: ['test/ledger/books/books.property.test.ts'], count: 1_000_000, each: 30, unit: 'steps' },
}

const [name = '', count] = process.argv.slice(2)
const kind = KINDS[name]
if (!kind || (count !== undefined && !/^[1-9]\d*$/.test(count))) {
  console.error(`allowance: npm run ${Object.keys(KINDS).join(' | npm run ')} [-- COUNT]`)
  process.exit(2)
}
await setup()
await build()
const total = Number(count ?? kind.count)
const seed = process.env.PROPERTY_SEED ?? String(randomInt(2 ** 31))
console.log(`${name}: about ${total} ${kind.unit}, PROPERTY_SEED=${seed}`)
process.exitCode = await runChild(
  process.execPath,
  [inRoot('node_modules/vitest/vitest.mjs'), 'run', '--testTimeout=0', '--retry=0', ...kind.files],
  {
    cwd: root,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      ALLOWANCE_BUILT: '1',
      PROPERTY_RUNS: String(Math.ceil(total / kind.each)),
      PROPERTY_SEED: seed,
    },
  },
)
