import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { openQueue } from '../../../services/host/open-queue.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { limits } from '../../../shared/limits.ts';
import { describeWith } from '../../kit/describe-with.ts';
import { startRedisServer } from '../../kit/servers.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'llmp-open-queue-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

/** Opens a queue in a child process; resolves to whether that loaded BullMQ. */
function loadsBullmq(redisUrl: string | null): Promise<string> {
  const path = (file: string) => JSON.stringify(new URL(`../../../${file}`, import.meta.url).href);
  const script = `
    import { createRequire } from 'node:module';
    import { openQueue } from ${path('services/host/open-queue.ts')};
    import { systemClock } from ${path('shared/runtime/clock.ts')};
    import { limits } from ${path('shared/limits.ts')};
    const config = { redisUrl: ${JSON.stringify(redisUrl)}, redisCa: null, redisSentinel: null, dataDir: ${JSON.stringify(dataDir)}, limits };
    const queue = await openQueue(config, systemClock, () => {});
    const loaded = Object.keys(createRequire(${path('package.json')}).cache);
    process.stdout.write(String(loaded.some((file) => file.includes("bullmq"))));
    await queue[Symbol.asyncDispose]();
  `;
  const args = ['--input-type=module', '--eval', script];
  return promisify(execFile)(process.execPath, args).then(({ stdout }) => stdout.trim());
}

describe('without Redis', () => {
  it('the queue is a file in the data directory', async () => {
    const config = { redisUrl: null, redisCa: null, redisSentinel: null, dataDir, limits };
    await using queue = await openQueue(config, systemClock, () => {});
    expect(await queue.ready()).toBe(true);
    expect(existsSync(join(dataDir, 'queue.db'))).toBe(true);
  });

  it('BullMQ is not loaded', async () => {
    expect(await loadsBullmq(null)).toBe('false');
  });
});

describeWith('redis-server')('with Redis', () => {
  it('the queue is BullMQ, which is loaded only then', async () => {
    await using server = await startRedisServer();
    expect(await loadsBullmq(server.url)).toBe('true');
    const config = { redisUrl: server.url, redisCa: null, redisSentinel: null, dataDir, limits };
    await using first = await openQueue(config, systemClock, () => {});
    await using second = await openQueue(config, systemClock, () => {});
    await first.add({ id: 'a', data: {} });
    expect(await second.status('a')).toMatchObject({ id: 'a' });
  });
});
