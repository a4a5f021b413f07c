import path from 'node:path'
import { build } from 'vite'

/** Builds one entry as the product's build does, into a folder of the test's. @returns the file, for `node` to run */
export async function buildEntry(entry: string, folder: string): Promise<string> {
  const file = `${path.basename(entry, '.ts')}.cjs`
  await build({
    configFile: 'vite.config.gateway.ts',
    logLevel: 'error',
    build: {
      outDir: folder,
      emptyOutDir: false,
      ssr: entry,
      rolldownOptions: { output: { entryFileNames: file, codeSplitting: false } },
    },
  })
  return path.join(folder, file)
}
