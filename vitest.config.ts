import { defineConfig } from 'vitest/config'

// Two cores are the smallest machine that has to answer in time: one worker fewer than cores leaves none for the sockets.
// In CI a test gets a second try, because the machine is shared. Each one that needs it is named in the report, and more
// than one in a thousand fail the run (scripts/lib/test-report.mjs).
const shared = {
  environment: 'node',
  pool: 'forks' as const,
  maxWorkers: 2,
  restoreMocks: true,
  unstubEnvs: true,
  retry: process.env.CI ? 1 : 0,
}

// What needs a gateway, real programs or real processes: seconds a file. The rest answers in half a minute (npm run check).
const INTEGRATION = 'test/{integration,proxy,cli,crash}'

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          // Pure code loads faster than a process starts: the modules are loaded once a thread, not once a file.
          pool: 'threads' as const,
          isolate: false,
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: [`${INTEGRATION}/**`, 'test/{e2e,bench,clients}/**'],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'integration',
          include: [`${INTEGRATION}/**/*.test.{ts,tsx}`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        // One file at a time: each owns a display, a browser and ports, and two Electrons starve each other on two cores.
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/e2e/**/*.test.{ts,tsx}'],
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
})
