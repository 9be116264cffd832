// The client address for throttling: `x-forwarded-for` behind a trusted proxy, and the address of
// the connection otherwise.

import { describe, expect, it } from 'vitest';
import { createKey } from '../../shared/keys.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { startSlowUpstream } from '../kit/slow-upstream.ts';

const REJECTS_MAX = 2;

async function gatewayTrusting(trusted?: string): Promise<Gateway> {
  const env: Record<string, string> = trusted ? { LLMP_TRUSTED_PROXIES: trusted } : {};
  const replaced = { limits: { auth: { failuresMax: REJECTS_MAX } } };
  return await startGateway({ bus: 'embedded', env, replaced });
}

/** The status of a request with an unknown key and this `x-forwarded-for`. */
async function attempt({ url }: Gateway, forwardedFor: string): Promise<number> {
  const headers = { 'x-api-key': createKey(), 'x-forwarded-for': forwardedFor };
  const response = await fetch(`${url}/v1/models`, { headers });
  await response.body?.cancel();
  return response.status;
}

/** The statuses of attempts up to the first throttled one. */
async function exhaust(gateway: Gateway, forwardedFor: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let count = 0; count <= REJECTS_MAX; count++)
    statuses.push(await attempt(gateway, forwardedFor));
  return statuses;
}

const EXHAUSTED = [401, 401, 429];

describe('clients with invalid keys', () => {
  it.each(['127.0.0.0/8', '127.0.0.1,10.0.0.9', '1'])(
    'behind the trusted proxy %s are throttled separately',
    async (trusted) => {
      await using gateway = await gatewayTrusting(trusted);
      expect(await exhaust(gateway, '203.0.113.1')).toEqual(EXHAUSTED);
      expect(await exhaust(gateway, '203.0.113.2')).toEqual(EXHAUSTED);
    },
  );

  it('cannot spoof their address, which a trusted proxy appends', async () => {
    await using gateway = await gatewayTrusting('127.0.0.1');
    expect(await exhaust(gateway, '203.0.113.1')).toEqual(EXHAUSTED);
    expect(await attempt(gateway, '198.51.100.7, 203.0.113.1')).toBe(429);
  });

  it('are distinguished through two proxies, ignoring ports', async () => {
    await using gateway = await gatewayTrusting('127.0.0.1, 10.0.0.0/8');
    expect(await exhaust(gateway, '203.0.113.1:5001, 10.0.0.9')).toEqual(EXHAUSTED);
    expect(await attempt(gateway, '203.0.113.1:5002, 10.0.0.9')).toBe(429);
    expect(await attempt(gateway, '203.0.113.2:5001, 10.0.0.9')).toBe(401);
  });

  it.each([undefined, '10.0.0.0/8'])(
    'share the connection address if %s is trusted',
    async (trusted) => {
      await using gateway = await gatewayTrusting(trusted);
      expect(await exhaust(gateway, '203.0.113.1')).toEqual(EXHAUSTED);
      expect(await attempt(gateway, '203.0.113.2')).toBe(429);
    },
  );
});

describe('the client address', () => {
  it('is not forwarded to the upstream', async () => {
    await using upstream = await startSlowUpstream();
    const env = { LLMP_TRUSTED_PROXIES: '127.0.0.1' };
    await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
    const responding = fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': gateway.key,
        'content-type': 'application/json',
        'x-forwarded-for': '203.0.113.1',
        'x-real-ip': '203.0.113.1',
        'cf-connecting-ip': '203.0.113.1',
      },
      body: JSON.stringify({
        model: 'm',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'x' }],
      }),
    });
    const { response } = await upstream.next();
    expect(JSON.stringify(response.req.rawHeaders)).not.toContain('203.0.113.1');
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    await (await responding).body?.cancel();
  });
});
