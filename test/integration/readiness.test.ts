// /readyz returns 200 as long as requests are served, and lists what is degraded.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { adminOf, statusWith } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const SILENT = 'the store does not respond';
const READY = [200, { status: 'ready' }];
const DEGRADED = [200, { status: 'ready', degraded: [SILENT] }];
const NOT_READY = [503, { status: 'not ready', reasons: [SILENT] }];

describeWith('redis-server')('a gateway that lost Redis', () => {
  let stack: AsyncDisposableStack;
  let redis: RunningServer;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    redis = await startRedisServer();
    stack.defer(async () => {
      redis.process.kill('SIGCONT');
      await redis[Symbol.asyncDispose]();
    });
  });
  afterEach(() => stack.disposeAsync());

  /** Keys are only in the store, unless `env` has some. */
  async function start(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
    const own = { LLMP_KEYS: '', REDIS_URL: redis.url, LLMP_ADMIN_TOKEN: TOKEN, ...env };
    const gateway = stack.use(await startGateway({ bus: 'embedded', env: own }));
    await expect.poll(() => readiness(gateway)).toEqual(READY);
    return gateway;
  }

  async function startWithKnownKey(env: Readonly<Record<string, string>> = {}) {
    const gateway = await start(env);
    const { key } = await adminOf(gateway, TOKEN).key();
    expect(await statusWith(gateway, key)).toBe(200);
    return { gateway, key };
  }

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'by %s is ready while it serves requests',
    async (signal) => {
      const { gateway, key } = await startWithKnownKey();
      redis.process.kill(signal);
      await expect.poll(() => readiness(gateway)).toEqual(DEGRADED);
      const statuses = Array.from({ length: 20 }, () => statusWith(gateway, key));
      expect(new Set(await Promise.all(statuses))).toEqual(new Set([200]));
    },
  );

  it('serves a key to all who ask for it while Redis is silent', async () => {
    const { gateway, key } = await startWithKnownKey();
    redis.process.kill('SIGSTOP');
    const waves: Promise<number>[] = [];
    // Each readiness probe waits for Redis, so the waves come while look-ups are pending.
    for (let wave = 0; wave < 5; wave += 1) {
      waves.push(...Array.from({ length: 5 }, () => statusWith(gateway, key)));
      await readiness(gateway);
    }
    expect(new Set(await Promise.all(waves))).toEqual(new Set([200]));
  });

  it('is ready if keys are configured', async () => {
    const key = createKey();
    const gateway = await start({ LLMP_KEYS: key });
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(DEGRADED);
    expect(await statusWith(gateway, key)).toBe(200);
  });

  it('is not ready if cached keys expire at once', async () => {
    const { gateway, key } = await startWithKnownKey({ LLMP_KEY_STALE_MS: '0' });
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(NOT_READY);
    await expect.poll(() => statusWith(gateway, key)).toBe(503);
  });

  it('is not ready if no key is cached', async () => {
    const gateway = await start();
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(NOT_READY);
  });

  it('is not ready if limits fail closed', async () => {
    const { gateway } = await startWithKnownKey({ LLMP_LIMITS_ON_STORE_ERROR: 'closed' });
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(NOT_READY);
  });
});

async function readiness({ url }: Gateway): Promise<unknown[]> {
  const response = await fetch(`${url}/readyz`);
  return [response.status, await response.json()];
}
