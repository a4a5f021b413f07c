import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import path from 'node:path'
import { resolveHomeFolder } from '../platform/home/home-folder.ts'
import { runStatusline } from './run-statusline.ts'

// The entry of the command line. Nothing is imported here but what `statusline` needs: it runs at every prompt of an
// agent and has milliseconds, and every other verb can wait for the rest to be loaded.
const home = resolveHomeFolder(process.env, process.platform)
if (process.argv[2] === 'statusline' && !process.argv.includes('--help')) {
  runStatusline(home)
} else {
  keepCompiled()
  void import('./run-program.ts').then(({ runProgram }) => runProgram(process.argv.slice(2)))
}

/**
 * Compiled code is kept from one start to the next, where the runtime can (Node 22.8 and later). In the home, which is this
 * user's alone: what lies in a folder for all could be another user's.
 */
function keepCompiled(): void {
  const { enableCompileCache } = nodeModule as { enableCompileCache?: (folder: string) => unknown }
  if (enableCompileCache && existsSync(home)) enableCompileCache(path.join(home, 'compiled'))
}
