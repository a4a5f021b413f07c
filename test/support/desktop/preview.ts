import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build, preview } from 'vite'

const CONFIG = 'test/renderer/fixtures/vite.config.ts'

/** The window over made-up numbers, built and served on loopback. */
export async function servePreview(): Promise<{
  url: (scenario: string, hash: string) => string
  stop: () => Promise<void>
}> {
  const folder = mkdtempSync(path.join(tmpdir(), 'allowance-preview-'))
  const shared = { configFile: CONFIG, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } } as const
  await build(shared)
  const server = await preview({ ...shared, preview: { port: 0, host: '127.0.0.1' } })
  return {
    url: (scenario, hash) => `${server.resolvedUrls?.local[0]}preview.html?scenario=${scenario}${hash}`,
    stop: async () => {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
