import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { silentLogger } from '../../../main/platform/system/logger.ts'
import { type PolicyChange, PolicySource, type PolicySourceOptions } from '../../../main/policy-source/policy-source.ts'
import { type PolicyServer, startPolicyServer } from './policy-server.ts'

/** A policy server and a folder for each test, and the sources that it opens: closed at its end. */
export interface PolicySources {
  folder: string
  server: PolicyServer
  /** The clock: set it. */
  nowMs: number
  open(changes?: Partial<PolicySourceOptions>): Promise<PolicySource>
}

/** Registers the hooks of a test file; the fields are those of the test that runs. */
export function usePolicySources(): PolicySources {
  const opened: PolicySource[] = []
  const sources: PolicySources = {
    folder: '',
    server: undefined as unknown as PolicyServer,
    nowMs: 0,
    async open(changes = {}) {
      const source = await PolicySource.open({
        url: sources.server.url,
        developer: 'ada@acme.dev',
        audience: null,
        keys: [],
        refreshMs: 3_600_000,
        onFirstFetch: 'open',
        lastKnownGoodFile: path.join(sources.folder, 'last-policy.json'),
        proxyFor: () => null,
        ca: null,
        clock: () => sources.nowMs,
        logger: silentLogger,
        ...changes,
      })
      opened.push(source)
      return source
    },
  }
  beforeEach(async () => {
    sources.folder = mkdtempSync(path.join(tmpdir(), 'allowance-test-'))
    sources.server = await startPolicyServer()
    sources.nowMs = Date.parse('2026-11-23T12:00:00Z')
  })
  afterEach(async () => {
    for (const source of opened.splice(0)) source.close()
    await sources.server.stop()
    rmSync(sources.folder, { recursive: true, force: true })
  })
  return sources
}

export function changesOf(source: PolicySource): PolicyChange[] {
  const changes: PolicyChange[] = []
  source.onChange((change) => changes.push(change))
  return changes
}
