import { defineConfig } from 'vitest/config';

// Two projects: `fast` runs on every `npm test`; `clients` starts real SDKs, Python and Claude Code.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/clients/**', '**/node_modules/**'],
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
    ],
  },
});
