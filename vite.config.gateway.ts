import { execFileSync } from 'node:child_process'
import { defineConfig } from 'vite'

/** The commit that is built, with a `+` where files differ from it; the empty string outside a checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty=+', '--exclude=*'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}

/**
 * How everything that runs on plain Node is built: the CLI, the gateway process, the tokenizer's worker, the demo.
 * Which entry is built, and to where, is in scripts/build.mjs: one build an entry, because as entries of one build
 * shared code would be hoisted into a chunk, and one such chunk once required electron.
 */
export default defineConfig({
  define: { __ALLOWANCE_COMMIT__: JSON.stringify(commit()) },
  build: {
    target: 'node18',
    minify: false,
    sourcemap: false,
    rolldownOptions: { output: { format: 'cjs' } },
  },
  ssr: {
    target: 'node',
    noExternal: true,
    // It finds its native binary beside its own package.json, so it has to stay a package.
    external: ['@photostructure/sqlite'],
  },
})
