// Another process locks the usage database, as a backup or an administrator's shell does. The event loop
// must turn, requests follow `LLMP_LIMITS_ON_STORE_ERROR`, and everything is booked afterwards.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../shared/limits.ts';
import { adminOf, messageBody } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { watchLoop } from '../kit/watch-loop.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../kit/scripted-upstream.ts';

/** Far above what a busy machine adds, and far below the wait for a lock. */
const PAUSE_MS_MAX = 700;
const WAIT_MS = 1_000;
const REQUESTS = 12;
const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MESSAGE =
  '{"type":"message","model":"claude-sonnet-5-5","usage":{"input_tokens":10,"output_tokens":7}}';

describe.each(['open', 'closed'] as const)('a locked usage database, limits %s', (onError) => {
  const directory = mkdtempSync(join(tmpdir(), 'llmp-locked-'));
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startScriptedUpstream(() => ({
      status: 200,
      headers: ['content-type', 'application/json'],
      chunks: [Buffer.from(MESSAGE)],
    }));
    gateway = await startGateway({
      bus: 'embedded',
      upstreamUrl: upstream.url,
      env: {
        LLMP_DATA_DIR: directory,
        LLMP_ADMIN_TOKEN: TOKEN,
        LLMP_LIMITS_ON_STORE_ERROR: onError,
      },
      replaced: { limits: { store: { ...limits.store, commandMs: WAIT_MS } } },
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  it('stops neither the loop nor probes, and what was spent is booked once it is released', async () => {
    const admin = adminOf(gateway, TOKEN);
    const { key, id } = await admin.key({ usd_per_day: 1_000 });
    const ask = () =>
      fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: messageBody('claude-sonnet-5-5'),
      });
    const booked = async () => (await admin.get(`usage?key=${id}`)).json.total;
    expect((await ask()).status).toBe(200);
    await expect.poll(booked).toMatchObject({ requests: 1 });
    const other = new DatabaseSync(join(directory, 'usage.db'));
    other.exec('BEGIN IMMEDIATE');
    const loop = watchLoop();
    const asked = Array.from({ length: REQUESTS }, ask);
    const health = await fetch(`${gateway.url}/healthz`);
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    const ready = await fetch(`${gateway.url}/readyz`);
    const longestMs = loop.stop();
    other.exec('ROLLBACK');
    other.close();

    expect(health.status).toBe(200);
    expect(ready.status).toBe(onError === 'open' ? 200 : 503);
    expect(await ready.text()).toContain('the store');
    expect(statuses).toEqual(Array(REQUESTS).fill(onError === 'open' ? 200 : 503));
    expect(longestMs).toBeLessThan(PAUSE_MS_MAX);
    const responses = upstream.requests.length;
    expect(responses).toBe(onError === 'open' ? REQUESTS + 1 : 1);
    const refused = onError === 'open' ? 0 : REQUESTS;
    await expect
      .poll(booked)
      .toMatchObject({ requests: responses + refused, output_tokens: responses * 7 });
  });
});
