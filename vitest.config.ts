import { defineConfig } from 'vitest/config';

// Four projects: `fast` runs on every `npm test`; `clients` starts real SDKs, Python and Claude Code;
// `chaos` starts a gateway of many processes and kills, pauses and restarts them under load; `compose` runs containers.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/clients/**', 'test/chaos/**', 'test/compose/**', '**/node_modules/**'],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'clients',
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/clients/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 240_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'chaos',
          globalSetup: ['test/kit/install-servers.ts', 'test/chaos/kit/final-table.ts'],
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'compose',
          globalSetup: ['test/compose/kit/engine.ts'],
          include: ['test/compose/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
