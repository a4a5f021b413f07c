import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { commandLine } from '../../../../shared/values/command-line.ts'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { findPathLink, makePathLink, type PathLink } from '../../../platform/home/path-link.ts'
import { ownScript } from '../../../platform/home/own-command.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { guessShell } from '../../environment/variables/render.ts'
import { paints, printJson } from '../../support/output.ts'

export interface PathOptions {
  yes?: boolean
  json?: boolean
  /** Asks a person; for tests. */
  ask?: (question: string) => Promise<string>
}

/**
 * `allowance path`: links the command line into ~/.local/bin, once somebody has agreed to it. Writes nothing else: where
 * that folder is not on the PATH, the line that puts it there is printed.
 */
export async function linkPath(options: PathOptions, io: Io): Promise<number> {
  const link = linkOf(io)
  const isNew = link.state === 'absent' || link.state === 'elsewhere'
  const agreed = isNew && (options.yes || (await isAgreed(link, options, io)))
  if (isNew && !agreed) {
    const how = commandLine('path --yes')
    if (options.json) printJson(io, { schema: 1, ok: false, file: link.file, state: link.state })
    else io.stderr(`allowance: nothing was changed; to create the link ${link.file}: ${how}\n`)
    return EXIT.no
  }
  makePathLink(link, ownScript() ?? '')
  const line = isOnPath(path.dirname(link.file), io) ? null : pathLine(io)
  if (options.json) printJson(io, { schema: 1, ok: true, file: link.file, onPath: line === null, line })
  else {
    const { green, dim } = paints(io)
    io.stdout(`${green('✓')} ${link.file} ${link.state === 'ours' ? 'is already there' : 'now points here'}\n`)
    io.stdout(
      line === null
        ? dim(`  ${path.dirname(link.file)} is on the PATH: run \`allowance\`\n`)
        : `  ${path.dirname(link.file)} is not on the PATH of this terminal. Put this line into ${rcFile(io)}:\n${line}\n`,
    )
  }
  return EXIT.ok
}

function linkOf(io: Io): PathLink {
  const script = ownScript()
  const home = io.env.HOME
  if (io.platform === 'win32' || !home)
    throw new AllowanceError(
      'usage',
      'there is no ~/.local/bin here',
      'put the folder of allowance on the PATH by hand',
    )
  if (script === null)
    throw new AllowanceError(
      'not-found',
      'this installation has no command line to link',
      'npm install --global allowance',
    )
  return findPathLink(home, script)
}

async function isAgreed({ file, state }: PathLink, { ask, json }: PathOptions, io: Io): Promise<boolean> {
  if (!ask && (json || !io.isTTY)) return false
  const what =
    state === 'elsewhere'
      ? `${file} points to another installation. Point it here instead?`
      : `Create the link ${file}?`
  const answer = await (ask ?? askPerson)(`${what} [y/N] `)
  return /^y(es)?$/i.test(answer.trim())
}

async function askPerson(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

function isOnPath(folder: string, io: Io): boolean {
  return (io.env.PATH ?? '')
    .split(path.delimiter)
    .some((one) => one !== '' && path.resolve(one) === path.resolve(folder))
}

function pathLine(io: Io): string {
  return guessShell(io.env, io.platform) === 'fish'
    ? 'fish_add_path ~/.local/bin'
    : 'export PATH="$HOME/.local/bin:$PATH"'
}

function rcFile(io: Io): string {
  const files: Record<string, string> = { fish: '~/.config/fish/config.fish', zsh: '~/.zshrc', bash: '~/.bashrc' }
  return files[guessShell(io.env, io.platform)] ?? "your shell's profile"
}
