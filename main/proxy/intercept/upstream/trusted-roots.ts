import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { AllowanceError, messageOf } from '../../../../shared/contract/errors.ts'

/**
 * Certificates that upstreams may show, as PEM: the runtime's own and those of the file that the settings name (a
 * company's roots). Null leaves the runtime's own store in force, NODE_EXTRA_CA_CERTS included.
 *
 * @throws AllowanceError `settings-invalid` when the file cannot be read
 */
export function trustedRoots(caFile: string | null): string[] | null {
  if (caFile === null) return null
  try {
    return [...rootCertificates, readFileSync(caFile, 'utf8')]
  } catch (error) {
    throw new AllowanceError(
      'settings-invalid',
      `"caFile" cannot be read: ${messageOf(error)}`,
      'name a file of PEM certificates, or leave it out',
      { cause: error },
    )
  }
}
