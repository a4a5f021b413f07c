import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** One build for Electron's window and a browser tab: relative paths, the oldest Chrome that Electron runtime in the tests brings. */
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  build: { target: 'chrome114', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
})
