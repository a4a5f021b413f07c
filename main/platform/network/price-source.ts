import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { PriceSourceStatus } from '../../../shared/contract/contract.ts'
import { messageOf } from '../../../shared/contract/errors.ts'
import type { Dataset } from '../../core/pricing/dataset/dataset.ts'
import { bundledDataset } from '../../core/pricing/dataset/known-datasets.ts'
import { readDataset } from '../../core/pricing/dataset/read-dataset.ts'
import type { Clock } from '../system/clock.ts'
import { httpGet } from './http-get.ts'
import type { Logger } from '../system/logger.ts'
import { writePrivateFile } from '../home/write-private-file.ts'

/** Providers change prices some times a year; a day late is early. */
const REFRESH_MS = 24 * 3_600_000
const TIMEOUT_MS = 30_000
/** The dataset of 2026 is 1.5 MB. */
const MAX_BYTES = 32 * 1024 * 1024

const keptSchema = z.object({
  schema: z.literal(1),
  url: z.string(),
  /** When these bytes were first seen: names the version. */
  firstSeenMs: z.number(),
  /** When the source last confirmed them. */
  fetchedAtMs: z.number(),
  etag: z.string().nullable(),
  text: z.string(),
})
type Kept = z.infer<typeof keptSchema>

export interface PriceSourceOptions {
  /** Where newer list prices are; null keeps those that came with the product. */
  url: string | null
  /** Where the last good ones are kept. */
  file: string
  proxyFor(url: string): string | null
  ca: string | null
  clock: Clock
  logger: Logger
}

/**
 * List prices: those that came with the product, or newer ones from a URL. A document is checked before it holds, and
 * kept in the home; one that is broken, or that cannot be had, changes nothing.
 */
export class PriceSource {
  readonly #options: PriceSourceOptions
  readonly #listeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #dataset: Dataset = bundledDataset
  #kept: Kept | null = null
  #lastError: PriceSourceStatus['lastError'] = null
  #running: Promise<PriceSourceStatus['outcome']> | null = null
  #timer: NodeJS.Timeout | undefined

  /** Takes what is kept from an earlier run, unless the product has brought newer prices since. Asks nobody. */
  constructor(options: PriceSourceOptions) {
    this.#options = options
    const kept = readKept(options.file)
    if (kept?.url !== options.url || kept === null) return
    try {
      const dataset = readDataset(JSON.parse(kept.text), versionOf(kept))
      this.#kept = kept
      if (dataset.version > bundledDataset.version) this.#dataset = dataset
    } catch (error) {
      options.logger.warn('the kept price list cannot be read', { error: messageOf(error) })
    }
  }

  get dataset(): Dataset {
    return this.#dataset
  }

  /** Refreshes what is a day old, and goes on doing so. Does not wait. */
  start(): void {
    if (this.#options.url === null) return
    const ageMs = this.#options.clock() - (this.#kept?.fetchedAtMs ?? 0)
    this.#schedule(Math.max(0, REFRESH_MS - ageMs))
  }

  /** Asks now; joins a question that is under way. Never throws. */
  refresh(): Promise<PriceSourceStatus['outcome']> {
    this.#running ??= this.#look().finally(() => {
      this.#running = null
    })
    return this.#running
  }

  status(outcome: PriceSourceStatus['outcome'] = null): PriceSourceStatus {
    return {
      version: this.#dataset.version,
      bundled: this.#dataset === bundledDataset,
      url: this.#options.url,
      fetchedAt: this.#kept ? new Date(this.#kept.fetchedAtMs).toISOString() : null,
      lastError: this.#lastError,
      outcome,
    }
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
    this.#listeners.clear()
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(
      () => void this.refresh().then(() => this.#closing.signal.aborted || this.#schedule(REFRESH_MS)),
      delayMs,
    )
    this.#timer.unref()
  }

  async #look(): Promise<PriceSourceStatus['outcome']> {
    const { url, proxyFor, ca, clock, logger } = this.#options
    if (url === null) return 'none'
    let rejected = false
    try {
      const headers: Record<string, string> = this.#kept?.etag ? { 'if-none-match': this.#kept.etag } : {}
      const proxy = proxyFor(url)
      const answer = await httpGet(url, {
        headers,
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
        proxy,
        ca,
        signal: this.#closing.signal,
      })
      if (answer.status === 304) return this.#confirmed('unchanged')
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
      const kept: Kept = {
        schema: 1,
        url,
        firstSeenMs: clock(),
        fetchedAtMs: clock(),
        etag: answer.etag,
        text: answer.text,
      }
      if (kept.text === this.#kept?.text) return this.#confirmed('unchanged')
      rejected = true
      const dataset = readDataset(JSON.parse(kept.text), versionOf(kept))
      rejected = false
      this.#keep(kept)
      this.#dataset = dataset
      logger.info('newer prices are in force', { version: dataset.version })
      for (const listener of this.#listeners) listener()
      return this.#confirmed('changed')
    } catch (error) {
      const code = rejected ? ('rejected' as const) : ('unreachable' as const)
      this.#lastError = { code, message: messageOf(error), at: new Date(clock()).toISOString() }
      logger.warn('prices could not be refreshed; those in force stay', { code, error: messageOf(error) })
      return code
    }
  }

  #confirmed(outcome: 'changed' | 'unchanged'): 'changed' | 'unchanged' {
    this.#lastError = null
    if (outcome === 'unchanged' && this.#kept) this.#keep({ ...this.#kept, fetchedAtMs: this.#options.clock() })
    return outcome
  }

  /** Without the file the next run begins with the prices of the product; that is worth a line, not a failure. */
  #keep(kept: Kept): void {
    this.#kept = kept
    try {
      writePrivateFile(this.#options.file, `${JSON.stringify(kept)}\n`)
    } catch (error) {
      this.#options.logger.warn('the price list cannot be kept', { error: messageOf(error) })
    }
  }
}

/** Sorts after the version of the product when its day is later: `genai-prices@2026-11-23+1f2e3d4c`. */
function versionOf({ firstSeenMs, text }: Kept): string {
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  return `genai-prices@${new Date(firstSeenMs).toISOString().slice(0, 10)}+${digest}`
}

function readKept(file: string): Kept | null {
  try {
    return keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return null
  }
}
