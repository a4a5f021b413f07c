import { defineConfig } from 'vite'

/**
 * How everything that runs on plain Node is built: the CLI, the gateway process, the tokenizer's worker, the demo.
 * Which entry is built, and to where, is in scripts/build.mjs: one build an entry, because as entries of one build
 * shared code would be hoisted into a chunk, and one such chunk once required electron.
 */
export default defineConfig({
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
