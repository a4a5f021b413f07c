import { open } from 'node:fs/promises'
import { messageOf } from '../../shared/contract/errors.ts'
import { httpGet } from '../platform/network/http-get.ts'

/** A policy is a page of rules; one that is longer is not a policy. */
const MAX_POLICY_BYTES = 1024 * 1024
const FETCH_TIMEOUT_MS = 10_000

/** What a look at the source found. */
export type PolicyRead =
  | { kind: 'text'; text: string; etag: string | null }
  | { kind: 'unchanged' }
  | { kind: 'unreachable'; message: string }

export interface ReadOptions {
  /** What the text that was last read came with. */
  etag: string | null
  proxyFor(url: string): string | null
  ca: string | null
  signal: AbortSignal
  timeoutMs?: number | undefined
}

export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source)
}

/** Reads an http(s) URL or a file. Never throws: what cannot be read is unreachable, with the reason. */
export async function readPolicy(source: string, options: ReadOptions): Promise<PolicyRead> {
  try {
    return isUrl(source) ? await readUrl(source, options) : { kind: 'text', text: await readFile(source), etag: null }
  } catch (error) {
    return { kind: 'unreachable', message: `the policy cannot be read: ${messageOf(error)}` }
  }
}

async function readUrl(
  url: string,
  { etag, proxyFor, ca, signal, timeoutMs = FETCH_TIMEOUT_MS }: ReadOptions,
): Promise<PolicyRead> {
  const answer = await httpGet(url, {
    headers: { accept: 'application/json, application/jose', ...(etag === null ? {} : { 'if-none-match': etag }) },
    timeoutMs,
    maxBytes: MAX_POLICY_BYTES,
    proxy: proxyFor(url),
    ca,
    signal,
  })
  if (answer.status === 304) return { kind: 'unchanged' }
  if (answer.status !== 200) throw new Error(`${new URL(url).host} answered with status ${answer.status}`)
  return { kind: 'text', text: answer.text, etag: answer.etag }
}

async function readFile(file: string): Promise<string> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    if (size > MAX_POLICY_BYTES) throw new Error(`${file} is longer than ${MAX_POLICY_BYTES} bytes`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
