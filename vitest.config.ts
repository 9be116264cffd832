import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/kit/longest-first.ts';
import { programEnv } from './test/kit/program-env.ts';
import { testsWithProperties } from './test/kit/with-properties.ts';

// Six projects: `fast` is `npm test`; `deep` runs property tests a hundred times as long; `compat` runs
// real SDKs, Python and Claude Code; `chaos` kills, pauses and restarts the processes of a gateway under
// load; `deploy` installs the npm package and runs the files of deploy/; `compose` runs the containers on an
// engine.
//
// One vitest worker more than cores, as tests wait for processes and intervals a third of their time. Without
// isolation a worker loads llmp's modules once, not for each of 380 files: a third of the CPU time. Timeouts are
// for hanging tests only.
const poll = { timeout: 30_000 };

// For the threads of a gateway, which do not share the modules of vitest: half of the CPU time of its start.
process.env['NODE_COMPILE_CACHE'] ??= programEnv.NODE_COMPILE_CACHE;

export default defineConfig({
  test: {
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'fast',
          expect: { poll },
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['compat', 'chaos', 'deploy', 'compose'].map((name) => `test/${name}/**`),
            '**/node_modules/**',
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'deep',
          expect: { poll },
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
          expect: { poll },
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
          expect: { poll },
          globalSetup: ['test/kit/install-servers.ts', 'test/chaos/kit/final-table.ts'],
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 150_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'deploy',
          expect: { poll },
          globalSetup: ['test/kit/install-servers.ts'],
          include: ['test/deploy/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'compose',
          expect: { poll },
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
