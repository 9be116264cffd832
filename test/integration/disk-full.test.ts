// A data directory that is full or read-only: what requests, probes, the log and a restart say.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, messageBody } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';
import { describeWithSmallDisk, mountSmallDisk, type SmallDisk } from '../kit/small-disk.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MESSAGE =
  '{"type":"message","model":"claude-haiku-4-5","usage":{"input_tokens":1000,"output_tokens":0}}';

describeWithSmallDisk('a gateway whose data directory', () => {
  let stack: AsyncDisposableStack;
  let disk: SmallDisk;
  let upstream: ScriptedUpstream;
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    disk = stack.use(mountSmallDisk());
    upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: ['content-type', 'application/json'],
        chunks: [Buffer.from(MESSAGE)],
      })),
    );
  });
  afterEach(() => stack.disposeAsync());

  const start = async (onError: string) =>
    stack.use(
      await startGateway({
        bus: 'embedded',
        upstreamUrl: upstream.url,
        env: {
          LLMP_DATA_DIR: disk.path,
          LLMP_ADMIN_TOKEN: TOKEN,
          LLMP_LIMITS_ON_STORE_ERROR: onError,
          LLMP_KEYS: '',
        },
      }),
    );
  const keyOf = (gateway: Gateway) =>
    adminOf(gateway, TOKEN).key({ usd_per_day: 1_000 }, { cache_for: '1h' });
  const ask = async ({ url }: Gateway, key: string) => {
    const response = await fetch(`${url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json', 'x-llmp-cache': 'refresh' },
      body: messageBody('claude-haiku-4-5'),
    });
    const text = await response.text();
    return `${response.status} ${/"error_code":"(\w+)"/.exec(text)?.[1] ?? ''}`.trim();
  };
  const readiness = async ({ url }: Gateway) => {
    const response = await fetch(`${url}/readyz`);
    return { code: response.status, ...((await response.json()) as object) };
  };
  const booked = (gateway: Gateway, id: string) => async () =>
    (await adminOf(gateway, TOKEN).get(`usage?key=${id}`)).json.total?.['requests'];
  /** The message of the first error of the data directory in the log. */
  const loggedError = (gateway: Gateway) =>
    gateway
      .logs()
      .map(({ err }) => (err as { message?: string } | undefined)?.message ?? '')
      .find((message) => message.includes(disk.path));

  const unwritable = (onError: string, code: string) =>
    onError === 'open'
      ? { code: 200, body: { degraded: [`the store cannot be written (${code})`] } }
      : { code: 503, body: { reasons: [`the store cannot be written (${code})`] } };
  const expectUnwritable = async (gateway: Gateway, onError: string, code: string) => {
    const { code: status, body } = unwritable(onError, code);
    await expect.poll(() => readiness(gateway)).toMatchObject({ code: status, ...body });
    expect(loggedError(gateway)).toContain(code);
  };

  describe.each(['open', 'closed'])('while limits are %s,', (onError) => {
    const served = onError === 'open' ? '200' : '503 store_down';

    it('fills up says so, serves by the setting, and books all once there is space', async () => {
      const gateway = await start(onError);
      const { key, id } = await keyOf(gateway);
      expect(await ask(gateway, key)).toBe('200');
      await expect.poll(booked(gateway, id)).toBe(1);
      disk.fill();
      await expectUnwritable(gateway, onError, 'ENOSPC');
      for (let at = 0; at < 3; at += 1) expect(await ask(gateway, key)).toBe(served);
      expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
      disk.free();
      await expect.poll(() => readiness(gateway)).toEqual({ code: 200, status: 'ready' });
      await expect.poll(booked(gateway, id)).toBe(4);
      await expect.poll(() => ask(gateway, key)).toBe('200');
    });

    it.each([
      ['is full', 'ENOSPC', () => disk.fill()],
      ['is read-only', 'EROFS', () => disk.setReadOnly(true)],
    ])('%s at a restart starts, says so, and recovers', async (_, code, spoil) => {
      const first = await start(onError);
      const { key, id } = await keyOf(first);
      expect(await ask(first, key)).toBe('200');
      await first.stop();
      spoil();
      const gateway = await start(onError);
      await expectUnwritable(gateway, onError, code);
      expect(await ask(gateway, key)).toBe(served);
      disk.setReadOnly(false);
      disk.free();
      await expect.poll(() => readiness(gateway)).toEqual({ code: 200, status: 'ready' });
      await expect.poll(booked(gateway, id)).toBe(2);
      await expect.poll(() => ask(gateway, key)).toBe('200');
    });
  });

  it.each([
    ['full', 'ENOSPC', () => disk.fill()],
    ['read-only', 'EROFS', () => disk.setReadOnly(true)],
  ])('is empty and %s ends its first start with a clear error', async (_, code, spoil) => {
    spoil();
    const failed = await start('open').then(
      () => 'started',
      (error: unknown) => String(error),
    );
    expect(failed).toContain(`the data directory ${disk.path} cannot be used`);
    expect(failed).toContain(code);
    expect(failed).toContain('LLMP_DATA_DIR');
  });
});
