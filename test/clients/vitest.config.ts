import { defineConfig } from 'vitest/config'

/** Real clients take seconds each and bring their own processes: one file per core. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/clients/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Other people's programs, each with processes and timeouts of its own, on a machine that is shared.
    retry: process.env.CI ? 1 : 0,
  },
})
