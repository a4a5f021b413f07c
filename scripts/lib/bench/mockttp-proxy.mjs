// mockttp passing everything on; started from the folder that it is installed in.
import { createRequire } from 'node:module'
import path from 'node:path'

const [, , folder, target] = process.argv
const { getLocal } = createRequire(path.join(folder, 'package.json'))('mockttp')
const server = getLocal()
await server.start()
await server.forAnyRequest().thenForwardTo(target)
console.log(JSON.stringify({ port: server.port }))
