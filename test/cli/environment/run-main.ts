// A program around the verb alone: `node run-main.cjs [--tag k=v]… -- CMD…`, with the gateway's program in FAKE_GATEWAY.
import { run } from '../../../main/cli/commands/setup/run.ts'

const at = process.argv.indexOf('--')
const tag = process.argv.slice(2, at).filter((word) => word !== '--tag')
const io = {
  stdout: (text: string) => void process.stdout.write(text),
  stderr: (text: string) => void process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  platform: process.platform,
  isTTY: process.stdout.isTTY === true,
  columns: 80,
  signal: new AbortController().signal,
}
run(
  { command: process.argv.slice(at + 1), serveCommand: [process.execPath, process.env['FAKE_GATEWAY'] ?? ''], tag },
  io,
).then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(3)
  },
)
