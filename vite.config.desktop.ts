import { defineConfig } from 'vite'

/** How the Electron main process and its preload are built. Entries: scripts/build.mjs. The sandboxed preload has to be CommonJS. */
export default defineConfig({
  build: {
    target: 'node18',
    minify: false,
    sourcemap: false,
    rolldownOptions: { output: { format: 'cjs' } },
  },
  ssr: { target: 'node', noExternal: true, external: ['electron', '@photostructure/sqlite'] },
})
