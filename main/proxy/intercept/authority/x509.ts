// The one door to @peculiar/x509. Its dependency injection asks for the polyfill before anything else of it loads.
import 'reflect-metadata'
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { nameConstraintsDer } from './name-constraints.ts'

// Node 18 has no global crypto to find by itself.
x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000
/** A container's or a virtual machine's clock may lag behind ours. */
const CLOCK_SKEW_MS = DAY_MS

/** What signs leaves: a constrained intermediate, and the root above it, whose key nobody has any more. */
export interface Issuer {
  rootPem: string
  intermediatePem: string
  intermediateKeyPem: string
  /** When the intermediate (and the root) end. */
  expiresAtMs: number
}

/** A certificate for one host with its key; `chainPem` is leaf and intermediate, as a server sends them. */
export interface Leaf {
  chainPem: string
  keyPem: string
  expiresAtMs: number
}

/**
 * Makes a root, has it sign one intermediate for the given names, and drops the root's key: it never leaves this
 * function and is never written. Two tiers because Java does not enforce the constraints of a root itself.
 *
 * @param names as `permittedName` gives them, at least one
 */
export async function createIssuer(names: readonly string[], nowMs: number, lifetimeMs: number): Promise<Issuer> {
  const rootKeys = await generateKeys()
  const keys = await generateKeys()
  const expiresAtMs = nowMs + lifetimeMs
  const period = { notBefore: new Date(nowMs - CLOCK_SKEW_MS), notAfter: new Date(expiresAtMs) }
  const constraints = new x509.Extension('2.5.29.30', true, Uint8Array.from(nameConstraintsDer(names)).buffer)
  const mark = randomBytes(4).toString('hex')
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Allowance Root ${mark}, O=Allowance`,
    ...period,
    signingAlgorithm: ALGORITHM,
    keys: rootKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey),
      constraints,
    ],
  })
  const intermediate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=Allowance Issuing ${mark}, O=Allowance`,
    issuer: root.subject,
    ...period,
    signingAlgorithm: ALGORITHM,
    signingKey: rootKeys.privateKey,
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(rootKeys.publicKey),
      constraints,
    ],
  })
  return {
    rootPem: `${root.toString('pem')}\n`,
    intermediatePem: `${intermediate.toString('pem')}\n`,
    intermediateKeyPem: await privateKeyPem(keys.privateKey),
    expiresAtMs,
  }
}

/** Signs a certificate for exactly one host name. It does not ask whether the constraints permit it: clients do. */
export async function issueLeaf(issuer: Issuer, host: string, nowMs: number, lifetimeMs: number): Promise<Leaf> {
  const signer = new x509.X509Certificate(issuer.intermediatePem)
  const keys = await generateKeys()
  const expiresAtMs = Math.min(nowMs + lifetimeMs, issuer.expiresAtMs)
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    // A common name holds 64 characters; clients read the alternative name alone.
    subject: `CN=${host.slice(0, 64)}`,
    issuer: signer.subject,
    notBefore: new Date(nowMs - CLOCK_SKEW_MS),
    notAfter: new Date(expiresAtMs),
    signingAlgorithm: ALGORITHM,
    signingKey: await importSigningKey(issuer.intermediateKeyPem),
    publicKey: keys.publicKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(await signer.publicKey.export()),
    ],
  })
  return {
    chainPem: `${leaf.toString('pem')}\n${issuer.intermediatePem}`,
    keyPem: await privateKeyPem(keys.privateKey),
    expiresAtMs,
  }
}

async function generateKeys() {
  return (await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
}

async function importSigningKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' })
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, false, ['sign'])
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }) as string
}

/** Positive and of full length: some clients refuse a serial number that starts with a zero byte or is negative. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.toString('hex')
}
