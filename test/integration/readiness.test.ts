// /readyz says 200 as long as requests are served, and what is missing meanwhile.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { adminOf, messageBody } from '../kit/admin.ts';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startRedisServer, type RunningServer } from '../kit/servers.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const SILENT = 'the store does not answer';
const READY = [200, { status: 'ready' }];
const DEGRADED = [200, { status: 'ready', degraded: [SILENT] }];
const NOT_READY = [503, { status: 'not ready', reasons: [SILENT] }];

describeWith('redis-server')('a gateway whose Redis is gone', () => {
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

  /** With keys in the store alone, unless `env` has some. */
  async function start(env: Readonly<Record<string, string>> = {}): Promise<Gateway> {
    const own = { LLMP_KEYS: '', REDIS_URL: redis.url, LLMP_ADMIN_TOKEN: TOKEN, ...env };
    const gateway = stack.use(await startGateway({ bus: 'embedded', env: own }));
    expect(await readiness(gateway)).toEqual(READY);
    return gateway;
  }

  async function ask({ url }: Gateway, key: string): Promise<number> {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: messageBody('m'),
    });
    await response.text();
    return response.status;
  }

  async function startWithCaller(env: Readonly<Record<string, string>> = {}) {
    const gateway = await start(env);
    const { key } = await adminOf(gateway, TOKEN).key();
    expect(await ask(gateway, key)).toBe(200);
    return { gateway, key };
  }

  it.each(['SIGKILL', 'SIGSTOP'] as const)('by a %s is ready while it serves', async (signal) => {
    const { gateway, key } = await startWithCaller();
    redis.process.kill(signal);
    await expect.poll(() => readiness(gateway)).toEqual(DEGRADED);
    expect(await ask(gateway, key)).toBe(200);
  });

  it('is ready for the keys of its configuration', async () => {
    const key = createKey();
    const gateway = await start({ LLMP_KEYS: key });
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(DEGRADED);
    expect(await ask(gateway, key)).toBe(200);
  });

  it('is not ready where keys seen before are not accepted', async () => {
    const { gateway, key } = await startWithCaller({ LLMP_KEY_STALE_MS: '0' });
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(NOT_READY);
    await expect.poll(() => ask(gateway, key)).toBe(503);
  });

  it('is not ready where no key was seen', async () => {
    const gateway = await start();
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(NOT_READY);
  });

  it('is not ready where limits are to hold', async () => {
    const { gateway } = await startWithCaller({ LLMP_LIMITS_ON_STORE_ERROR: 'closed' });
    redis.process.kill('SIGKILL');
    await expect.poll(() => readiness(gateway)).toEqual(NOT_READY);
  });
});

async function readiness({ url }: Gateway): Promise<unknown[]> {
  const response = await fetch(`${url}/readyz`);
  return [response.status, await response.json()];
}
