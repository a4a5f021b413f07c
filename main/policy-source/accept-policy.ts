import { createHash } from 'node:crypto'
import { messageOf } from '../../shared/contract/errors.ts'
import type { Policy } from '../../shared/rules/policy.ts'
import { parsePolicy } from '../core/policy/document/parse-policy.ts'
import { payloadOf, type PolicyKey, verifyPolicy } from './signature.ts'

/** A policy that was checked, with the text that it came as: kept for the next start, where it is checked again. */
export interface AcceptedPolicy {
  policy: Policy
  text: string
  /** Of the document's bytes without their signature. */
  digest: string
}

export type RejectionCode =
  | 'policy-unsigned'
  | 'policy-signature'
  | 'policy-invalid'
  | 'policy-audience'
  | 'policy-version'

export type Acceptance = { ok: true; accepted: AcceptedPolicy } | { ok: false; code: RejectionCode; message: string }

export interface AcceptanceRules {
  keys: readonly PolicyKey[]
  /** What the document's `audience` has to be; null when any will do. */
  audience: string | null
  /** The one in force: it is never replaced by an older one, nor by another of the same version. */
  inForce: AcceptedPolicy | null
  /**
   * A file of this machine that nobody signed: it follows its editor, whatever its version says. The order of versions
   * guards what comes from elsewhere, where an old document could be played back.
   */
  isLocal: boolean
}

/** Checks a text that may become the policy in force: signature, form, audience, version, in this order. */
export async function acceptPolicy(text: string, rules: AcceptanceRules): Promise<Acceptance> {
  const opened = await open(text.trim(), rules.keys)
  if (!opened.ok) return opened
  const parsed = parse(opened.document)
  if (!parsed.ok) return parsed
  const { policy } = parsed
  if (rules.audience !== null && policy.audience !== rules.audience) {
    return reject(
      'policy-audience',
      `it is made for ${quote(policy.audience)}, and this machine belongs to ${quote(rules.audience)}`,
    )
  }
  const digest = createHash('sha256').update(opened.document).digest('hex')
  // Signed, it was made elsewhere, wherever it lies.
  const inForce = rules.isLocal && rules.keys.length === 0 ? null : rules.inForce
  if (inForce && policy.version < inForce.policy.version) {
    return reject(
      'policy-version',
      `its version ${policy.version} is older than version ${inForce.policy.version}, which is in force`,
    )
  }
  if (inForce && policy.version === inForce.policy.version && digest !== inForce.digest) {
    return reject(
      'policy-version',
      `it differs from the version ${policy.version} in force: a change needs a higher version`,
    )
  }
  return { ok: true, accepted: { policy, text, digest } }
}

type Opened = { ok: true; document: string } | (Acceptance & { ok: false })

/** Takes the signature off. Without pinned keys a signed document is read like an unsigned one: neither proves anything. */
async function open(text: string, keys: readonly PolicyKey[]): Promise<Opened> {
  const payload = payloadOf(text)
  if (keys.length === 0) return { ok: true, document: payload ? decode(payload) : text }
  if (!payload) return reject('policy-unsigned', 'it is not signed, and keys are pinned')
  try {
    return { ok: true, document: decode(await verifyPolicy(text, keys)) }
  } catch (error) {
    return reject('policy-signature', messageOf(error))
  }
}

function parse(document: string): { ok: true; policy: Policy } | (Acceptance & { ok: false }) {
  let value: unknown
  try {
    value = JSON.parse(document)
  } catch (error) {
    return reject('policy-invalid', `it is not JSON: ${messageOf(error)}`)
  }
  const parsed = parsePolicy(value)
  if (parsed.ok) return parsed
  const errors = parsed.errors.slice(0, 5).map(({ path, message, suggestion }) => {
    return `${path}: ${message}${suggestion === null ? '' : ` (did you mean "${suggestion}"?)`}`
  })
  const more = parsed.errors.length > errors.length ? ` · and ${parsed.errors.length - errors.length} more` : ''
  return reject('policy-invalid', `${errors.join(' · ')}${more}`)
}

function reject(code: RejectionCode, reason: string): Acceptance & { ok: false } {
  return { ok: false, code, message: `the policy was rejected: ${reason}` }
}

function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}

function quote(text: string | null | undefined): string {
  return text ? `"${text}"` : 'nobody in particular'
}
