import { commandLine } from '../../../../shared/values/command-line.ts'
import { X509Certificate } from 'node:crypto'
import { ensureHome, resolveHome } from '../../../platform/home/paths.ts'
import { readSettings } from '../../../platform/home/settings-file.ts'
import type { CertificateAuthority } from '../../../proxy/intercept/authority/certificate-authority.ts'
import { type Io, EXIT } from '../../support/command.ts'
import { openModelAuthority } from '../../environment/variables/launch.ts'
import {
  runProgram,
  type RunProgram,
  trustSystemWide,
  untrustSystemWide,
} from '../../environment/variables/system-trust.ts'

export interface CaOptions {
  action: 'show' | 'rotate' | 'trust' | 'untrust'
  json?: boolean
  /** What runs the system's own programs. */
  runProgram?: RunProgram
}

/** `allowance ca show|rotate|trust|untrust`: the certificate authority of this home. */
export async function ca(options: CaOptions, io: Io): Promise<number> {
  const home = resolveHome(io.env, io.platform)
  const settings = readSettings({ file: ensureHome(home).settings, env: io.env, cwd: io.cwd })
  const authority = await openModelAuthority(home, settings)
  const trust = {
    rootsFile: authority.bundlePath,
    names: rootNames(authority),
    platform: io.platform,
    run: options.runProgram ?? runProgram,
  }
  switch (options.action) {
    case 'show':
      break
    case 'rotate':
      await authority.rotate()
      io.stderr(
        `allowance: open terminals and agents still trust the old root: restart them, or run \`${commandLine()} env\` in them again\n`,
      )
      break
    case 'trust':
      io.stderr(`allowance: ${await trustSystemWide(trust)}\n`)
      break
    case 'untrust':
      io.stderr(`allowance: ${await untrustSystemWide(trust)}\n`)
      break
  }
  io.stdout(options.json ? asJson(authority) : asText(authority))
  return EXIT.ok
}

function asJson(authority: CertificateAuthority): string {
  const generations = authority.show().map(({ number, hosts, createdAtMs, expiresAtMs, rootFingerprint }) => ({
    number,
    rootFingerprint,
    createdAt: new Date(createdAtMs).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
    hosts,
  }))
  return `${JSON.stringify({ schema: 1, bundle: authority.bundlePath, generations }, null, 2)}\n`
}

function asText(authority: CertificateAuthority): string {
  const lines = authority
    .show()
    .flatMap(({ number, hosts, expiresAtMs, rootFingerprint }) => [
      `authority ${number}, until ${new Date(expiresAtMs).toISOString().slice(0, 10)}`,
      `  root    SHA-256 ${rootFingerprint}`,
      `  signs for only ${hosts.length} hosts: ${hosts.slice(0, 4).join(', ')}${hosts.length > 4 ? ', …' : ''}`,
    ])
  return [...lines, `certificates: ${authority.bundlePath}`, ''].join('\n')
}

function rootNames(authority: CertificateAuthority): string[] {
  const roots = authority.bundle().match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return roots.map((pem) => /^CN=(.+)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? '')
}
