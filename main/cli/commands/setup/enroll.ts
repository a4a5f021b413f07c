import path from 'node:path'
import { AllowanceError } from '../../../../shared/contract/errors.ts'
import { systemClock } from '../../../platform/system/clock.ts'
import { findDeveloper } from '../../../platform/identity/developer.ts'
import { silentLogger } from '../../../platform/system/logger.ts'
import { isManaged, readManagedSettings } from '../../../platform/home/managed-settings.ts'
import { ensureHome, resolveHome } from '../../../platform/home/paths.ts'
import { readRuntimeFile } from '../../../platform/home/runtime-file.ts'
import { readSettings, updateSettings } from '../../../platform/home/settings-file.ts'
import type { PolicyKey } from '../../../policy-source/signature.ts'
import { isLoopback, targetOfUrl } from '../../../proxy/intercept/tunnel/tunnel-target.ts'
import { createOuterProxy } from '../../../proxy/intercept/upstream/upstream-proxy.ts'
import { PolicySource } from '../../../policy-source/policy-source.ts'
import { EXIT, type Io } from '../../support/command.ts'
import { paints, printJson } from '../../support/output.ts'

export interface EnrollOptions {
  developer?: string
  audience?: string
  json?: boolean
}

/**
 * `allowance enroll URL [--developer ID]`: says who you are for the policy, and where it is. The policy is read once before
 * anything is written, so that a mistyped URL is reported now rather than at the next start.
 */
export async function enroll(url: string, options: EnrollOptions, io: Io): Promise<number> {
  const managed = readManagedSettings()
  if (isManaged(managed, 'policy'))
    throw new AllowanceError(
      'not-allowed',
      `the policy of this machine is set by its administrator, in ${managed?.file}`,
      'ask the administrator of this machine',
    )
  const paths = ensureHome(resolveHome(io.env, io.platform))
  const source = /^[a-z]+:\/\//i.test(url) ? url : path.resolve(io.cwd, url)
  const settings = readSettings({ file: paths.settings, env: io.env, cwd: io.cwd })
  const developer = await findDeveloper(options.developer ?? settings.developer, io.env)
  const outer = createOuterProxy(
    io.env,
    settings.httpsProxy,
    ({ host, port }) => isLoopback(host) && port === settings.port,
  )
  const policySource = await PolicySource.open({
    url: source,
    developer: developer.id,
    audience: options.audience ?? settings.policy.audience,
    keys: settings.policy.keys as PolicyKey[],
    refreshMs: 60_000,
    onFirstFetch: 'open',
    lastKnownGoodFile: paths.lastPolicy,
    proxyFor: (address) => outer(targetOfUrl(new URL(address))),
    ca: null,
    clock: systemClock,
    logger: silentLogger,
  })
  const outcome = await policySource.refresh()
  const { status } = policySource.current()
  policySource.close()
  if (outcome === 'unreachable' || outcome === 'rejected') {
    throw new AllowanceError(
      'policy-unavailable',
      status.lastError?.message ?? 'the policy cannot be read',
      'check the URL; nothing was changed',
    )
  }
  updateSettings(paths.settings, {
    ...(options.developer === undefined ? {} : { developer: options.developer }),
    policy: { url: source, ...(options.audience === undefined ? {} : { audience: options.audience }) },
  })
  if (options.json) printJson(io, { schema: 1, developer, policy: status })
  else io.stdout(`${paints(io).green('✓')} ${developer.id}, policy version ${status.version} from ${status.source}\n`)
  if (readRuntimeFile(paths.runtime))
    io.stderr('allowance: a gateway is running: restart it to put the policy in force\n')
  return EXIT.ok
}
