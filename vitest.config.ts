import { defineConfig } from 'vitest/config'

// `npm test` runs everything below test/; the slow, real-program suites are projects of their own so that
// one can be run alone: `npx vitest run --project unit`.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/interop/**'],
          setupFiles: ['test/support/properties.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          // A busy machine is slow to start programs; what matters is that they answer, not when.
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        // Programs nobody here wrote; the first run installs or builds them.
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
