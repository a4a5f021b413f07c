import { AllowanceError } from '../../../../shared/contract/errors.ts'

/**
 * Shared infrastructure: a certificate for one of these names could stand for anybody's bucket, function or mail. A
 * model host below them is named in full, region by region.
 */
const SHARED_DOMAINS = [
  'amazonaws.com',
  'aws.dev',
  'api.aws',
  'googleapis.com',
  'google.com',
  'run.app',
  'azure.com',
  'azure.net',
  'azurewebsites.net',
  'windows.net',
  'microsoft.com',
  'cloudfront.net',
  'cloudflare.com',
  'workers.dev',
  'vercel.app',
  'github.io',
  'co.uk',
]

/**
 * The name that a constraint of our authority permits for a host, in the form of RFC 5280 4.2.1.10: it covers itself
 * and everything below, so `*.openai.azure.com` gives `openai.azure.com` (a leading dot is for other kinds of names).
 *
 * @returns null for an address: addresses are excluded altogether, so their traffic is never decrypted.
 * @throws AllowanceError `settings-invalid` for a host that would take in far more than a model provider.
 */
export function permittedName(host: string): string | null {
  const name = normalHost(host).replace(/^\*\./, '')
  if (isAddress(name)) return null
  const labels = name.split('.')
  if (name.includes('*'))
    throw tooWide(host, 'a star stands only for the first label: name each region, as in bedrock-runtime.eu-west-1.…')
  if (!labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label)))
    throw tooWide(host, 'it is not a host name')
  const unqualified = labels.length === 1 && name !== 'localhost' && host.includes('*')
  if (unqualified || SHARED_DOMAINS.includes(name) || isTopLevel(labels))
    throw tooWide(host, 'it would cover every other customer below it')
  return name
}

/** Whether a host is covered by names as `permittedName` gives them: by its own, or by one that it is below. */
export function permits(names: ReadonlySet<string>, host: string): boolean {
  let rest = normalHost(host)
  while (!names.has(rest)) {
    const dot = rest.indexOf('.')
    if (dot < 0) return false
    rest = rest.slice(dot + 1)
  }
  return true
}

/** The value of the extension 2.5.29.30: the given names permitted, every IPv4 and IPv6 address excluded. */
export function nameConstraintsDer(names: readonly string[]): Uint8Array {
  const permitted = names.map((name) => tlv(0x30, tlv(0x82, Buffer.from(name, 'latin1'))))
  // Address and mask, all zero: the whole range. Without it a constraint on names says nothing about addresses.
  const excluded = [Buffer.alloc(8), Buffer.alloc(32)].map((range) => tlv(0x30, tlv(0x87, range)))
  return tlv(0x30, Buffer.concat([tlv(0xa0, Buffer.concat(permitted)), tlv(0xa1, Buffer.concat(excluded))]))
}

/** Lower case, without the root's dot or an IPv6 address's brackets. */
export function normalHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1')
}

export function isAddress(host: string): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host)
}

/** `com`, `ai`: two letters or more and nothing below. A bare machine name (`llm-box`) of a company's network is longer than any we refuse. */
function isTopLevel(labels: readonly string[]): boolean {
  return (
    labels.length === 1 && ['com', 'net', 'org', 'io', 'ai', 'dev', 'app', 'cloud', 'local'].includes(labels[0] ?? '')
  )
}

function tooWide(host: string, reason: string): AllowanceError {
  return new AllowanceError(
    'settings-invalid',
    `the host ${host} cannot be given to the certificate authority: ${reason}`,
    'name the model hosts in full in the settings or the policy',
  )
}

function tlv(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([tag, ...derLength(body.length)]), body])
}

function derLength(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return [0x80 | bytes.length, ...bytes]
}
