import type { FailureMode } from '../../../../shared/rules/policy.ts'
import { readLastKnownGood } from '../../../policy-source/last-known-good.ts'

/**
 * What the last accepted policy says of a gateway that is down; `open` when there is none. The policy was checked when
 * it was accepted, so that its signature is not asked for again.
 */
export function gatewayFailureMode(lastPolicyFile: string): FailureMode {
  const text = readLastKnownGood(lastPolicyFile)?.text.trim() ?? ''
  try {
    const json = text.startsWith('{') ? text : Buffer.from(text.split('.')[1] ?? '', 'base64url').toString('utf8')
    const policy = JSON.parse(json) as { onUnavailable?: { gateway?: string } }
    return policy.onUnavailable?.gateway === 'closed' ? 'closed' : 'open'
  } catch {
    return 'open'
  }
}
