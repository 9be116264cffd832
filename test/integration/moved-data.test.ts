// The data directory is deleted, moved or replaced while the gateway runs: what SQLite still writes then
// reaches no file that anybody finds again.

import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adminOf, messageBody } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startScriptedUpstream } from '../kit/scripted-upstream.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MESSAGE =
  '{"type":"message","model":"claude-sonnet-5-5","usage":{"input_tokens":10,"output_tokens":7}}';
const GONE = 'the store cannot be written (ENOENT)';

describe('a data directory under a running gateway', () => {
  let stack: AsyncDisposableStack;
  let parent: string;
  let directory: string;
  let away: string;
  beforeEach(() => {
    stack = new AsyncDisposableStack();
    parent = mkdtempSync(join(tmpdir(), 'llmp-moved-'));
    stack.defer(() => rmSync(parent, { recursive: true, force: true }));
    directory = join(parent, 'data');
    away = join(parent, 'away');
  });
  afterEach(() => stack.disposeAsync());

  const start = async (onError: string) => {
    const upstream = stack.use(
      await startScriptedUpstream(() => ({
        status: 200,
        headers: ['content-type', 'application/json'],
        chunks: [Buffer.from(MESSAGE)],
      })),
    );
    return stack.use(
      await startGateway({
        bus: 'embedded',
        upstreamUrl: upstream.url,
        env: {
          LLMP_DATA_DIR: directory,
          LLMP_ADMIN_TOKEN: TOKEN,
          LLMP_LIMITS_ON_STORE_ERROR: onError,
        },
      }),
    );
  };
  const ask = async ({ url }: Gateway, key: string) => {
    const headers = { 'x-api-key': key, 'content-type': 'application/json' };
    const body = messageBody('claude-sonnet-5-5');
    return (await fetch(`${url}/v1/messages`, { method: 'POST', headers, body })).status;
  };
  const readiness =
    ({ url }: Gateway) =>
    async () => {
      const response = await fetch(`${url}/readyz`);
      return { code: response.status, ...((await response.json()) as object) };
    };
  const booked = (gateway: Gateway, id: string) => async () =>
    (await adminOf(gateway, TOKEN).get(`usage?key=${id}`)).json.total?.['requests'];

  it.each([
    ['open', 200, { code: 200, degraded: [GONE] }],
    ['closed', 503, { code: 503, reasons: [GONE] }],
  ])(
    'is missed, limits %s, and what was spent meanwhile is booked when it is back',
    async (onError, status, state) => {
      const gateway = await start(onError);
      const { key, id } = await adminOf(gateway, TOKEN).key({ usd_per_day: 1_000 });
      expect(await ask(gateway, key)).toBe(200);
      await expect.poll(booked(gateway, id)).toBe(1);

      renameSync(directory, away);
      await expect.poll(readiness(gateway)).toMatchObject(state);
      expect(await ask(gateway, key)).toBe(status);
      expect((await adminOf(gateway, TOKEN).post('keys', { name: 'lost' })).status).toBe(503);

      renameSync(away, directory);
      await expect.poll(readiness(gateway)).toEqual({ code: 200, status: 'ready' });
      await expect.poll(booked(gateway, id)).toBe(2);
    },
  );

  it('is read anew when a copy of it has taken its place', async () => {
    const gateway = await start('open');
    const before = await adminOf(gateway, TOKEN).key({});
    cpSync(directory, away, { recursive: true });
    const after = await adminOf(gateway, TOKEN).key({});
    renameSync(directory, join(parent, 'old'));
    renameSync(away, directory);
    const ids = async () =>
      (await adminOf(gateway, TOKEN).get('keys')).json.data?.map(({ id }) => id);
    await expect.poll(ids).not.toContain(after.id);
    expect(await ids()).toContain(before.id);
    expect(await ask(gateway, before.key)).toBe(200);
    await expect.poll(booked(gateway, before.id)).toBe(1);
  });
});
