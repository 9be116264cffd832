// A container of one worker loads the code of that worker alone: less memory, a faster start, and no
// library within reach that the worker does not need.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { describeWith } from '../kit/describe-with.ts';
import { LISTING_ENV, loadedModules } from '../kit/loaded-modules.ts';
import { Processes, started } from '../kit/processes.ts';
import { startNatsServer, type RunningServer } from '../kit/servers.ts';

/** For the bus, the log and the configuration. */
const COMMON = ['@nats-io/services', '@nats-io/transport-node', 'pino', 'yaml', 'zod'];
/** For the detectors. */
const DETECTION = ['libphonenumber-js', 're2js'];

const SIMULATOR = {};
const HTTP = { LLMP_UPSTREAM_URL: 'http://127.0.0.1:9' };

describeWith('nats-server')('a process that hosts one worker', () => {
  let broker: RunningServer;
  let directory: string;
  let processes: Processes;
  beforeAll(async () => {
    broker = await startNatsServer();
    directory = mkdtempSync(join(tmpdir(), 'llmp-worker-modules-'));
    processes = new Processes(directory);
  });
  afterAll(async () => {
    await processes[Symbol.asyncDispose]();
    await broker[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  it.each<[worker: string, env: Record<string, string>, folders: string[], packages: string[]]>([
    ['ingress', HTTP, ['admin', 'ingress'], ['@fastify/busboy', 'fastify']],
    ['scrubber', HTTP, ['scrubber'], DETECTION],
    ['policy', HTTP, ['policy'], DETECTION],
    ['rag', HTTP, ['rag'], DETECTION],
    ['upstream', HTTP, ['upstream'], [...DETECTION, 'undici']],
    ['upstream', SIMULATOR, ['upstream'], DETECTION],
  ])('loads for %s with %j only %j and %j', async (worker, env, folders, packages) => {
    const running = processes.run({ NATS_URL: broker.url, ...LISTING_ENV, ...env }, [worker]);
    await started(running);
    const loaded = await loadedModules(running);
    expect(loaded.folders).toEqual(['config', 'host', ...folders].toSorted());
    const direct = loaded.packages.filter((name) => name in manifest.dependencies);
    expect(direct).toEqual([...COMMON, ...packages].toSorted());
  });
});
