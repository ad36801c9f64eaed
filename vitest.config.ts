import { defineConfig } from 'vitest/config'

/** Suites that run real programs, each a project of its own. */
const SLOW = ['alerts', 'deploy', 'e2e', 'interop']

/** Programs listen, start and are killed in these: one file at a time, and a busy machine is slow to start them. */
const serial = { testTimeout: 240_000, hookTimeout: 900_000, fileParallelism: false } as const

// One suite alone: `npx vitest run --project unit`.
export default defineConfig({
  test: {
    // The default leaves a core free, and half of two is one.
    maxWorkers: '100%',
    maxConcurrency: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: SLOW.map((folder) => `test/${folder}/**`),
          setupFiles: ['test/support/properties.ts'],
          // Some run the command line, and a busy machine is slow to start it.
          testTimeout: 120_000,
        },
      },
      { test: { name: 'alerts', include: ['test/alerts/**/*.test.ts'], testTimeout: 180_000 } },
      { test: { name: 'deploy', include: ['test/deploy/**/*.test.ts'], testTimeout: 180_000 } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...serial } },
      // Programs that nobody here wrote; the first run installs or builds them.
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...serial } },
    ],
  },
})
