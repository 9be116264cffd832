// `POST /admin/scrub` and `llmp scrub` show what the gateway sends, and keep nothing.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { programEnv } from '../kit/program-env.ts';

const TOKEN = 'an-admin-token-of-forty-characters-and-more';
const SCRUB_KEY = 'a-scrub-key-of-forty-characters-and-even-more';
const MAIL = 'ann.lee@corp-mail.org';
const REQUEST = {
  model: 'm',
  max_tokens: 5,
  messages: [{ role: 'user', content: `Write to ${MAIL}` }],
};

describe('a preview of scrubbing', () => {
  let upstream: EchoUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startEchoUpstream();
    const env = { LLMP_ADMIN_TOKEN: TOKEN, LLMP_SCRUB_KEY: SCRUB_KEY };
    gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  const post = async (path: string, body: unknown, key = TOKEN) =>
    await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const publicId = () => gateway.key.split('_')[1] ?? '';

  it('is what the upstream gets of that key’s request', async () => {
    await (await post('/v1/messages', REQUEST, gateway.key)).text();
    const received = upstream.bodies.at(-1);
    const response = await post('/admin/scrub', { text: JSON.stringify(REQUEST), key: publicId() });
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { scrubbed } = (await response.json()) as { scrubbed: string };
    expect(scrubbed).toBe(received);
    expect(scrubbed).not.toContain(MAIL);
  });

  it('is the same on the command line', async () => {
    const command = fileURLToPath(new URL('../../services/cli/llmp.ts', import.meta.url));
    const child = spawn(process.execPath, [command, 'scrub', '--json', '--key', publicId()], {
      env: { ...programEnv, LLMP_SCRUB_KEY: SCRUB_KEY, LLMP_KEYS: gateway.key },
    });
    child.stdin.end(JSON.stringify(REQUEST));
    const out = (await Array.fromAsync(child.stdout)).join('');
    expect((JSON.parse(out) as { scrubbed: string }).scrubbed).toBe(upstream.bodies.at(-1));
  });

  it('leaves nothing of the text in the log', async () => {
    await (await post('/admin/scrub', { text: `my mail is ${MAIL}` })).text();
    await (await post('/admin/scrub', { text: 5, secret: MAIL })).text();
    expect(JSON.stringify(gateway.logs())).not.toContain('ann.lee');
  });

  it.each([
    ['no text', {}, 400],
    ['an unknown field', { text: '', request: {} }, 400],
    ['JSON that is nested too deeply', { text: '['.repeat(5_000) }, 200],
  ])('of %s has its status', async (_, body, status) => {
    expect((await post('/admin/scrub', body)).status).toBe(status);
  });

  it('needs the admin token', async () => {
    expect((await post('/admin/scrub', { text: MAIL }, gateway.key)).status).toBe(401);
  });
});

describe('a process without a scrubber', () => {
  it('says so instead of guessing rules and key', async () => {
    await using gateway = await startGateway({ bus: 'nats', env: { LLMP_ADMIN_TOKEN: TOKEN } });
    const response = await fetch(`${gateway.url}/admin/scrub`, {
      method: 'POST',
      headers: { 'x-api-key': TOKEN, 'content-type': 'application/json' },
      body: JSON.stringify({ text: MAIL }),
    });
    expect(response.status).toBe(503);
    expect(await response.text()).toContain('hosts no scrubber');
  });
});
