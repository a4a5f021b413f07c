import type { Notice } from '../../../shared/contract/contract.ts'
import { paints } from '../../../main/cli/support/output.ts'

const { bold, dim, cyan, red, yellow } = paints({ isTTY: process.stdout.isTTY, env: process.env })

/** What a newcomer reads first: where to look, and what to try. */
export function welcome({ page, home, opened }: { page: string; home: string; opened: boolean }): string {
  const again = opened ? 'opened in your browser; this link works once more' : 'open this link; it works once'
  return [
    bold('Allowance, with everything around it simulated.'),
    'Five tools of three developers call a fake provider on this machine. The gateway is the real one: no API key, nothing leaves.',
    '',
    `  Dashboard  ${cyan(page)} ${dim(`(${again})`)}`,
    '',
    `${bold('Look at')} the gauge filling, the conversations and their context. In half a minute a loop is stopped; within one the cap of the day`,
    'is reached and every tool is told so, in one sentence, before its provider is paid.',
    '',
    `${bold('Try')}, in another terminal, in this folder:`,
    `  export ALLOWANCE_HOME=${home}`,
    '  node bin/allowance.mjs dashboard                  # another link',
    '  node bin/allowance.mjs status --watch',
    '  node bin/allowance.mjs calls --follow',
    '  node bin/allowance.mjs spend --by project         # or tag:who, model, agent, environment',
    '  node bin/allowance.mjs why --spike                # what burns money, traced to who and what',
    '  node bin/allowance.mjs raise 1.00 --reason "nearly there"',
    '',
    dim('Ctrl-C ends it and leaves nothing behind.'),
    '',
  ].join('\n')
}

export function newsLine({ at, level, title, body }: Notice, startedMs: number): string {
  const seconds = Math.max(0, Math.round((Date.parse(at) - startedMs) / 1_000))
  const clock = dim(`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`)
  const paint = level === 'stop' ? red : level === 'warn' ? yellow : bold
  return `  ${clock}  ${paint(title)}${body ? `  ${dim(body)}` : ''}`
}
