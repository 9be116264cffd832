// A call whose outcome never arrives is no call that cost nothing: log and ledger say so.

import { describe, expect, it } from 'vitest';
import { adminOf } from '../kit/admin.ts';
import { BUSES, startGateway } from '../kit/gateway.ts';
import { startSlowUpstream } from '../kit/slow-upstream.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const BODY = JSON.stringify({
  model: 'claude-opus-5-5',
  max_tokens: 9,
  messages: [{ role: 'user', content: 'some words '.repeat(1_000) }],
});

describe.each(BUSES)('on the %s bus, a request', (bus) => {
  /** The log line and the ledger entry of one request, and how many the upstream got. */
  async function recorded(end: 'client leaves' | 'upstream breaks' | 'upstream refuses') {
    await using upstream = await startSlowUpstream();
    await using gateway = await startGateway({
      bus,
      upstreamUrl: upstream.url,
      env: { LLMP_ADMIN_TOKEN: TOKEN },
    });
    const leaving = new AbortController();
    const asked = fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: BODY,
      signal: leaving.signal,
    }).then(
      (response) => response.text(),
      () => '',
    );
    const { response } = await upstream.next();
    if (end === 'client leaves') leaving.abort();
    if (end === 'upstream breaks') response.destroy();
    if (end === 'upstream refuses') response.writeHead(529).end();
    await asked;
    const admin = adminOf(gateway, TOKEN);
    const entries = async () => (await admin.get('ledger')).json.data ?? [];
    await expect.poll(async () => (await entries()).length).toBe(1);
    const [entry] = await entries();
    const line = gateway.logs().find(({ msg }) => msg === 'request finished');
    return { entry, line };
  }

  it.each(['client leaves', 'upstream breaks'] as const)(
    'has an estimated cost if, without a response, the %s',
    async (end) => {
      const { entry, line } = await recorded(end);
      expect(line).toMatchObject({ unknownCalls: 1, annotations: { usageSource: 'estimated' } });
      expect(entry).toMatchObject({ unknown_calls: 1, estimated: true, usage_source: 'estimated' });
      expect(entry?.['input_tokens']).toBeGreaterThan(2_000);
      expect(entry?.['cost_usd']).toBeGreaterThan(0);
    },
  );

  it('costs nothing if the upstream refuses', async () => {
    const { entry, line } = await recorded('upstream refuses');
    expect(line).not.toHaveProperty('unknownCalls');
    expect(entry).toMatchObject({ estimated: false, input_tokens: 0, cost_usd: 0 });
    expect(entry).not.toHaveProperty('unknown_calls');
  });
});
