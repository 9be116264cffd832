import { defineConfig } from 'vitest/config';
import { testsWithProperties } from './test/kit/with-properties.ts';

// Five projects: `fast` runs on every `npm test`; `deep` checks its properties a hundred times as long;
// `compat` starts real SDKs, Python and Claude Code; `chaos` starts a gateway of many processes and
// kills, pauses and restarts them under load; `compose` runs the containers on an engine.
//
// Of two cores vitest would leave one idle. Without isolation a worker loads the modules of llmp once, not
// once for each of 250 files: a third of the CPU time. A time limit is for what hangs, not for what is slow.
export default defineConfig({
  test: {
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'fast',
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/compat/**', 'test/chaos/**', 'test/compose/**', '**/node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'deep',
          globalSetup: ['test/kit/install-servers.ts', 'test/kit/deep-run.ts'],
          include: testsWithProperties(),
          testTimeout: 600_000,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'compat',
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/compat/**/*.test.ts'],
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
