// Usage in the admin API: sums, ledger entries, and both as CSV.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../shared/metering/ledger.ts';
import { adminOf, messageBody } from '../kit/admin.ts';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const MODEL = 'claude-haiku-4-5';
const SECRET = 'ann.lee@corp-mail.org';

let upstream: EchoUpstream;
let gateway: Gateway;
let key: { id: string; key: string };
let other: { id: string; key: string };
const admin = () => adminOf(gateway, TOKEN);

async function ask(secret: string, body: string, path = '/v1/messages'): Promise<string> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { 'x-api-key': secret, 'content-type': 'application/json' },
    body,
  });
  await response.text();
  return response.headers.get('request-id') ?? '';
}

const ids: string[] = [];
beforeAll(async () => {
  upstream = await startEchoUpstream();
  const env = { LLMP_ADMIN_TOKEN: TOKEN };
  gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
  key = await admin().key(undefined, { team: '=cmd|"x"' });
  other = await admin().key();
  const body = messageBody(MODEL);
  ids.push(await ask(key.key, body.replace('Hello', `Write to ${SECRET}, or to ${SECRET}`)));
  ids.push(await ask(key.key, body.replace('{', '{"stream":true,')));
  ids.push(await ask(key.key, body, '/v1/messages/count_tokens'));
  ids.push(await ask(key.key, '{}'));
  ids.push(await ask(other.key, messageBody('some-model')));
  const seen = async () => (await admin().get('usage')).json.total?.['requests'];
  while ((await seen()) !== 5);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

describe('usage sums', () => {
  it('are by day, key and model over this month by default', async () => {
    const { json } = await admin().get('usage');
    const day = dayOf(Date.now());
    expect(json).toMatchObject({ from: `${day.slice(0, 7)}-01`, to: day });
    const rows = json.data ?? [];
    expect(rows).toHaveLength(3);
    const row = rows.find((one) => one['key'] === key.id && one['model'] === MODEL);
    expect(row).toMatchObject({ day, requests: 3, failed_requests: 0, scrubbed: 2 });
    expect(row?.['cost_usd']).toBeGreaterThan(0);
    // The invalid request has no model.
    const unread = rows.find((one) => one['key'] === key.id && one['model'] === '');
    expect(unread).toMatchObject({ requests: 1, failed_requests: 1, cost_usd: 0 });
  });

  it('count requests without a price separately from the cost', async () => {
    const { json } = await admin().get(`usage?key=${other.id}&by=model`);
    expect(json.data).toMatchObject([
      { model: 'some-model', requests: 1, cost_usd: 0, unpriced_requests: 1 },
    ]);
    expect(json.data?.[0]?.['output_tokens']).toBeGreaterThan(0);
    expect(json.data?.[0]).not.toHaveProperty('key');
  });

  it('can be filtered by key, team or model, and add up to the total', async () => {
    const { json } = await admin().get('usage?by=team,key');
    expect(json.data?.map(({ requests }) => requests).toSorted()).toEqual([1, 4]);
    expect(json.total?.['requests']).toBe(5);
    const team = encodeURIComponent('=cmd|"x"');
    expect((await admin().get(`usage?team=${team}`)).json.total?.['requests']).toBe(4);
    expect((await admin().get(`usage?model=${MODEL}`)).json.total?.['requests']).toBe(3);
    expect((await admin().get('usage?from=2026-01-01&to=2026-01-31')).json.total).toMatchObject({
      requests: 0,
      cost_usd: 0,
    });
  });

  it('are available as CSV, in which no text is a formula', async () => {
    const { text, contentType } = await admin().get('usage?by=team&format=csv');
    expect(contentType).toBe('text/csv; charset=utf-8');
    const [head, ...rows] = text.split('\r\n');
    expect(head).toMatch(/^team,requests,failed_requests,input_tokens,.*,cost_usd,/);
    expect(rows.toSorted()).toEqual([
      '',
      expect.stringMatching(/^"'=cmd\|""x""",4,1,/),
      expect.stringMatching(/^,1,0,/),
    ]);
  });

  it.each([
    ['usage?by=hour', 'by: must be a comma-separated list of day, key, team, model'],
    ['usage?from=2026-02-30', 'from: must be a day such as 2026-11-27'],
    ['usage?from=2026-03-01&to=2026-02-01', 'from: must not be after to'],
    ['usage?from=2020-01-01&to=2026-02-01', 'from: must be less than 400 days before to'],
    ['usage?format=xls', 'format: must be json or csv'],
    ['usage?keys=a', 'keys: unknown field'],
    ['ledger?day=today', 'day: must be a day'],
    ['ledger?limit=0', 'limit: must be at least 1'],
    ['ledger?after=x', 'after: must be the last_id of a page'],
  ])('reject %s', async (path, message) => {
    const { status, json } = await admin().get(path);
    expect(status).toBe(400);
    expect(json.error?.message).toContain(message);
  });

  it('require the admin token', async () => {
    for (const path of ['usage', 'ledger']) {
      const response = await fetch(`${gateway.url}/admin/${path}`, {
        headers: { 'x-api-key': key.key },
      });
      expect(response.status).toBe(401);
    }
  });
});

describe('the ledger', () => {
  it('has one entry per request, without its content', async () => {
    const { json, text } = await admin().get('ledger');
    const rows = json.data ?? [];
    expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(ids));
    const [first, streamed, counted, unread] = ids.map((id) =>
      rows.find((row) => row['id'] === id),
    );
    expect(first).toMatchObject({
      key: key.id,
      team: '=cmd|"x"',
      route: '/v1/messages',
      model: MODEL,
      stream: false,
      status: 200,
      outcome: 'responded',
      scrubbed: { EMAIL_ADDRESS: 2 },
      estimated: false,
      usage_source: 'reported',
    });
    expect(Object.keys(first?.['stages'] ?? {})).toEqual(
      expect.arrayContaining(['scrubber', 'policy', 'upstream']),
    );
    expect(Date.parse(String(first?.['at']))).toBeGreaterThan(Date.now() - 60_000);
    expect(streamed).toMatchObject({ stream: true, status: 200 });
    expect(streamed?.['first_byte_ms']).toBeGreaterThan(0);
    expect(counted).toMatchObject({ output_tokens: 0, cost_usd: 0 });
    expect(unread).toMatchObject({
      status: 400,
      outcome: 'refused',
      error_code: 'invalid_request',
    });
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain('Hello');
  });

  it('can be read page by page', async () => {
    const seen: unknown[] = [];
    for (let after = ''; ;) {
      const { json } = await admin().get(`ledger?limit=2${after}`);
      seen.push(...(json.data ?? []).map(({ id }) => id));
      if (json.has_more !== true) break;
      after = `&after=${json.last_id}`;
    }
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen).toHaveLength(ids.length);
  });

  it.each([
    [() => `key=${key.id}`, 4],
    [() => 'key=test', 5],
    [() => `id=${ids[1]}`, 1],
    [() => `team=${encodeURIComponent('=cmd|"x"')}`, 4],
    [() => `model=${MODEL}&status=200`, 3],
    [() => 'status=4xx', 1],
    [() => 'outcome=refused', 1],
    [() => 'error_code=invalid_request', 1],
  ])('has the entries of a filter', async (query, count) => {
    const { json } = await admin().get(`ledger?${query()}`);
    expect(json.data, query()).toHaveLength(count);
    const first = await admin().get(`ledger?limit=1&${query()}`);
    expect(first.json).toMatchObject({ has_more: count > 1 });
  });

  it.each([
    ['order=random', 'order: must be one of oldest, newest'],
    ['key=tset', 'key: there is no key "tset"; did you mean test?'],
    ['key=llmp_secret', 'key: must be the id or name of a key, not its secret'],
    ['status=abc', 'status: must be a status such as 429 or 4xx'],
    ['outcome=gone', 'outcome: must be one of responded, refused, failed, client_disconnected'],
  ])('refuses the filter %s', async (query, message) => {
    const { status, json } = await admin().get(`ledger?${query}`);
    expect([status, json.error?.message]).toEqual([400, message]);
  });

  it('can be read from its newest entry on, page by page', async () => {
    const oldest = (await admin().get('ledger')).json.data ?? [];
    const seen: unknown[] = [];
    for (let after = ''; ;) {
      const { json } = await admin().get(`ledger?order=newest&limit=2${after}`);
      seen.push(...(json.data ?? []).map(({ id }) => id));
      if (json.has_more !== true) break;
      after = `&after=${json.last_id}`;
    }
    expect(seen).toEqual(oldest.map(({ id }) => id).toReversed());
  });

  it('is paged as CSV as well, with the next page in a header', async () => {
    const seen: string[] = [];
    for (let path: string | undefined = '/admin/ledger?format=csv&limit=2'; path;) {
      const response = await fetch(gateway.url + path, { headers: { 'x-api-key': TOKEN } });
      const [, ...rows] = (await response.text()).trim().split('\r\n');
      expect(rows.length).toBeLessThanOrEqual(2);
      seen.push(...rows.map((row) => row.split(',')[0] ?? ''));
      path = /^<(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toHaveLength(ids.length);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('is available as one CSV, however many pages it has', async () => {
    const { text } = await admin().get('ledger?format=csv');
    const [head, ...rows] = text.trim().split('\r\n');
    expect(head).toMatch(/^id,at,key,team,route,model,/);
    expect(new Set(rows.map((row) => row.split(',')[0]))).toEqual(new Set(ids));
    expect(rows).toHaveLength(ids.length);
    expect(text).toContain('"{""EMAIL_ADDRESS"":2}"');
  });
});
