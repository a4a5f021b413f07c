import { commandLine } from '../../../../shared/values/command-line.ts'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { AllowanceError, messageOf } from '../../../../shared/contract/errors.ts'

/** Runs a program of the operating system. Rejects with what it said when it fails. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<void>

export interface SystemTrust {
  /** A copy of our roots as one file. */
  rootsFile: string
  /** `Allowance Root 1a2b3c4d`, of each root. */
  names: readonly string[]
  platform: NodeJS.Platform
  run: RunProgram
}

/** Where Linux distributions take certificates from, and what makes them read it. */
const LINUX = [
  { folder: '/usr/local/share/ca-certificates', extension: 'crt', command: ['update-ca-certificates'] },
  { folder: '/etc/pki/ca-trust/source/anchors', extension: 'pem', command: ['update-ca-trust', 'extract'] },
  { folder: '/etc/ca-certificates/trust-source/anchors', extension: 'pem', command: ['trust', 'extract-compat'] },
]

/**
 * Puts our roots into the operating system's trust store: asked for by name, never done by itself.
 *
 * @returns what was done, in a sentence
 * @throws AllowanceError `not-allowed` when the system does not let us, with the way that it would
 */
export async function trustSystemWide(trust: SystemTrust): Promise<string> {
  if (trust.platform === 'darwin') {
    await attempt(trust, 'security', ['add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', trust.rootsFile], 'ca trust')
    return 'our root is trusted in your login keychain'
  }
  if (trust.platform === 'win32') {
    await attempt(trust, 'certutil', ['-user', '-addstore', 'Root', trust.rootsFile], 'ca trust')
    return 'our root is trusted for your user'
  }
  const { file, command } = linuxPlace()
  await privileged('ca trust', async () => writeFileSync(file, readFileSync(trust.rootsFile), { mode: 0o644 }))
  await attempt(trust, command[0] ?? '', command.slice(1), 'ca trust')
  return `our root is trusted on this machine (${file})`
}

/** Takes them out again; where they are not, nothing happens. */
export async function untrustSystemWide(trust: SystemTrust): Promise<string> {
  if (trust.platform === 'darwin' || trust.platform === 'win32') {
    for (const name of trust.names)
      await (trust.platform === 'darwin'
        ? trust.run('security', ['delete-certificate', '-c', name])
        : trust.run('certutil', ['-user', '-delstore', 'Root', name])
      ).catch(() => {
        // It was not there.
      })
    return 'our root is not trusted by the system'
  }
  for (const { folder, extension, command } of LINUX) {
    const file = path.join(folder, `allowance.${extension}`)
    if (!existsSync(file)) continue
    await privileged('ca untrust', async () => rmSync(file))
    await attempt(trust, command[0] ?? '', command.slice(1), 'ca untrust')
  }
  return 'our root is not trusted by the system'
}

function linuxPlace(): { file: string; command: readonly string[] } {
  const place = LINUX.find(({ folder }) => existsSync(folder))
  if (place) return { file: path.join(place.folder, `allowance.${place.extension}`), command: place.command }
  throw new AllowanceError(
    'not-allowed',
    'it is not known where this system keeps its certificates',
    `${commandLine('env')} sets them for a terminal`,
  )
}

async function attempt(trust: SystemTrust, program: string, args: readonly string[], verb: string): Promise<void> {
  await privileged(verb, () => trust.run(program, args))
}

async function privileged(verb: string, action: () => Promise<void>): Promise<void> {
  try {
    await action()
  } catch (error) {
    throw new AllowanceError(
      'not-allowed',
      `the system's trust store could not be changed: ${messageOf(error)}`,
      `sudo allowance ${verb}`,
      { cause: error },
    )
  }
}

export const runProgram: RunProgram = (program, args) =>
  new Promise((resolve, reject) => {
    execFile(program, [...args], { windowsHide: true }, (error, _stdout, stderr) =>
      error ? reject(new Error(stderr.trim() || error.message)) : resolve(),
    )
  })
