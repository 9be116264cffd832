// Headers, query and path: nothing in them that names the client, its network or its user reaches the
// upstream, on any bus, and what the protocol needs arrives byte for byte.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { sendRaw } from '../kit/raw-client.ts';
import {
  startScriptedUpstream,
  type RecordedRequest,
  type ScriptedUpstream,
} from '../kit/scripted-upstream.ts';

const ANN = 'ann.lee@corp-mail.org';
const BODY = JSON.stringify({
  model: 'claude-test',
  max_tokens: 9,
  messages: [{ role: 'user', content: 'Hello' }],
});

const PROTOCOL = [
  ['anthropic-version', '2026-10-21'],
  ['Anthropic-Beta', 'context-1m-2025-08-07,  next-beta-2031-01-01'],
  ['anthropic-dangerous-direct-browser-access', 'true'],
  ['X-Stainless-Runtime-Version', 'v24.3.0'],
  ['User-Agent', 'claude-cli/2.1.330 (external, cli)'],
  ['accept', 'application/json'],
  ['accept-language', '*'],
  ['Content-Type', 'application/json'],
  ['x-claude-code-session-id', '6f1f3a52-5b0e-4b8c-9d61-0a1f6c7e2b11'],
  ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
].flat();

const PRIVATE = [
  ['from', ANN],
  ['X-OpenWebUI-User-Email', ANN],
  ['x-openwebui-user-name', 'Ann Lee'],
  ['x-portkey-metadata', '{"_user":"Ann Lee"}'],
  ['x-note', `for ${ANN}`],
  ['x-encoded', Buffer.from(ANN).toString('base64')],
  ['x-forwarded-for', '198.18.7.9'],
  ['forwarded', 'for=198.18.7.9'],
  ['x-real-ip', '198.18.7.9'],
  ['true-client-ip', '198.18.7.9'],
  ['cf-connecting-ip', '198.18.7.9'],
  ['cf-ray', '8c1f00000000abcd-FRA'],
  ['cdn-loop', 'cloudflare; loops=1'],
  ['via', '1.1 proxy.corp-mail.org'],
  ['x-amzn-oidc-data', 'eyJhbGciOiJFUzI1NiJ9'],
  ['referer', 'https://chat.corp-mail.org/ann-lee'],
  ['origin', 'https://chat.corp-mail.org'],
  ['cookie', 'session=ann-lee'],
  ['sec-ch-ua-platform', '"Linux"'],
  ['x-llmp-anything', 'ann-lee'],
].flat();

const FORBIDDEN =
  /ann.?lee|corp-mail|YW5uLmxlZ|198\.18|cf-|cdn-loop|via|oidc|sec-|x-llmp|referer|origin|cookie/i;

describe.each(BUSES)('a gateway on the %s bus', (bus) => {
  let upstream: ScriptedUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startScriptedUpstream(() => ({
      status: 200,
      headers: ['content-type', 'application/json', 'content-length', '2'],
      chunks: [Buffer.from('{}')],
    }));
    gateway = await startGateway({ bus, upstreamUrl: upstream.url });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  async function exchange(method: string, path: string, headers: readonly string[]) {
    const body = method === 'POST' ? { body: Buffer.from(BODY) } : {};
    const sent = { method, path, headers: ['x-api-key', gateway.key, ...headers], ...body };
    const { status, rawHeaders } = await sendRaw(gateway.url, sent);
    const seen = upstream.requests.at(-1);
    if (!seen) throw new Error('Nothing reached the upstream.');
    const at = rawHeaders.findIndex((name) => name === 'x-llmp-scrubbed');
    return { status, seen, scrubbed: at < 0 ? undefined : rawHeaders[at + 1] };
  }

  const headLines = ({ url, rawHeaders }: RecordedRequest) =>
    [url, ...rawHeaders.map((part, i) => (i % 2 === 0 ? `${part}: ${rawHeaders[i + 1]}` : ''))]
      .filter((line) => line !== '')
      .join('\n');

  it.each(['/v1/messages', '/v1/messages/count_tokens'])(
    'forwards to %s only what the upstream needs',
    async (path) => {
      const { status, seen, scrubbed } = await exchange('POST', `${path}?beta=true&user=${ANN}`, [
        ...PROTOCOL,
        ...PRIVATE,
      ]);
      expect(status).toBe(200);
      expect(headLines(seen)).not.toMatch(FORBIDDEN);
      expect(seen.url).toBe(`${path}?beta=true&user=%5BREDACTED_EMAIL_ADDRESS%5D`);
      expect(seen.body.toString()).toBe(BODY);
      const pairs = PROTOCOL.map((part, i) => (i % 2 === 0 ? `${part}: ${PROTOCOL[i + 1]}` : ''));
      const kept = pairs.filter((line) => line !== '');
      expect(headLines(seen).split('\n')).toEqual(expect.arrayContaining(kept));
      expect(scrubbed).toBe('EMAIL_ADDRESS=3');
    },
  );

  it.each([
    [`/v1/models?user=${ANN}`, '/v1/models?user=%5BREDACTED_EMAIL_ADDRESS%5D'],
    [`/v1/models/${ANN}`, '/v1/models/%5BREDACTED_EMAIL_ADDRESS%5D'],
    ['/v1/models?limit=5&after_id=claude-test', '/v1/models?limit=5&after_id=claude-test'],
  ])('looks up %s as %s', async (path, expected) => {
    const { status, seen } = await exchange('GET', path, ['anthropic-version', '1', ...PRIVATE]);
    expect([status, seen.url]).toEqual([200, expected]);
    expect(headLines(seen)).not.toMatch(FORBIDDEN);
  });

  it('logs no value of them', () => {
    expect(JSON.stringify(gateway.logs())).not.toMatch(/ann.?lee|corp-mail|198\.18/i);
  });
});
