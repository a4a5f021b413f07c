import type { webcrypto } from 'node:crypto'
import {
  type CompactJWSHeaderParameters,
  CompactSign,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose'

/** Signed policies: a compact JWS of the document, by an Ed25519 key that the settings pin. */

const ALGORITHM = 'EdDSA'
const TYPE = 'allowance-policy+jws'

/** A public or private key as JSON (RFC 8037), with the `kid` that a policy's header names. */
export type PolicyKey = Record<string, unknown>

/** The signed bytes. Throws an Error that says what is wrong with the signature; no key but a pinned one counts. */
export async function verifyPolicy(jws: string, keys: readonly PolicyKey[]): Promise<Uint8Array> {
  const verified = await compactVerify(jws, (header) => importKey(pinnedKey(header, keys)), { algorithms: [ALGORITHM] })
  return verified.payload
}

/** The payload, whoever signed it, for developers who pinned no key. Null when it is not a JWS. */
export function payloadOf(jws: string): Uint8Array | null {
  const parts = jws.split('.')
  return parts.length === 3 && parts.every(isBase64Url) ? Buffer.from(parts[1] ?? '', 'base64url') : null
}

export async function signPolicy(document: string, key: PolicyKey): Promise<string> {
  const header = { alg: ALGORITHM, kid: String(key.kid), typ: TYPE }
  return await new CompactSign(Buffer.from(document)).setProtectedHeader(header).sign(await importKey(key))
}

/** A new pair: the private key stays with the policy's maintainer, the public one is pinned by its readers. */
export async function generatePolicyKeys(kid: string): Promise<{ publicKey: PolicyKey; privateKey: PolicyKey }> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true })
  const name = { kid, alg: ALGORITHM, use: 'sig' }
  return {
    publicKey: { ...(await exportJWK(pair.publicKey)), ...name },
    privateKey: { ...(await exportJWK(pair.privateKey)), ...name },
  }
}

function pinnedKey(header: CompactJWSHeaderParameters, keys: readonly PolicyKey[]): PolicyKey {
  if (header.typ !== TYPE)
    throw new Error(`the signature's type is ${JSON.stringify(header.typ ?? null)}, not "${TYPE}"`)
  const key = keys.find((pinned) => typeof header.kid === 'string' && pinned.kid === header.kid)
  if (!key) throw new Error(`no pinned key is named ${JSON.stringify(header.kid ?? null)}`)
  return key
}

async function importKey(key: PolicyKey): Promise<webcrypto.CryptoKey> {
  const imported = await importJWK(key as JWK, ALGORITHM)
  if (imported instanceof Uint8Array) throw new Error(`the key "${String(key.kid)}" is not an Ed25519 key`)
  return imported
}

function isBase64Url(text: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(text)
}
