import { resolveHomeFolder } from '../platform/home/home-folder.ts'
import { runStatusline } from './run-statusline.ts'

// The entry of the command line. Nothing is imported here but what `statusline` needs: it runs at every prompt of an
// agent and has milliseconds, and every other verb can wait for the rest to be loaded.
if (process.argv[2] === 'statusline' && !process.argv.includes('--help')) {
  runStatusline(resolveHomeFolder(process.env, process.platform))
} else {
  void import('./run-program.ts').then(({ runProgram }) => runProgram(process.argv.slice(2)))
}
