// The admin API responds as docs/openapi.json says: every documented operation is called once, in an
// order in which each finds what it needs, and its response is held against the documented schema.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { OPERATIONS, type Operation } from '../kit/api-operations.ts';

const TOKEN = 'an-admin-token-of-forty-characters-and-more';
const HANDBOOK = '# Leave\n\nEvery employee has thirty days of paid holiday in a year.\n';

/** What fills the parameters of the paths; ids are those of what was created before. */
const params: Record<string, string> = { team: 'search', collection: 'handbook' };

const FILES = '/admin/collections/{collection}/documents';
interface Call {
  readonly name: string;
  readonly body?: unknown;
  readonly query?: string;
}

/** The order in which they are called, with what they are sent. Others would meet an empty store. */
const CALLS: readonly Call[] = [
  { name: 'post /admin/collections', body: { name: 'handbook', deadline: '3s' } },
  { name: 'get /admin/collections/{collection}' },
  { name: 'post /admin/collections/{collection}', body: { passages_max: 3 } },
  { name: 'get /admin/collections' },
  {
    name: 'post /admin/keys',
    body: { name: 'laptop', team: 'search', limits: { usd_per_day: 1.5 } },
  },
  { name: 'get /admin/keys', query: '?limit=5' },
  { name: 'get /admin/keys/{id}' },
  { name: 'post /admin/keys/{id}', body: { cache_for: '10m', collections: ['handbook'] } },
  { name: 'post /admin/teams/{team}', body: { limits: { requests_per_minute: 60 } } },
  { name: 'get /admin/teams/{team}' },
  { name: 'get /admin/teams', query: '?name=sea*' },
  { name: 'post /admin/keys/{id}/rotate', body: { overlap: '1h' } },
  { name: 'post /admin/keys/{id}/revoke' },
  { name: `post ${FILES}`, body: HANDBOOK, query: '?name=leave.md' },
  { name: `get ${FILES}` },
  { name: `get ${FILES}/{id}` },
  { name: `post ${FILES}/{id}/index` },
  { name: 'post /admin/collections/{collection}/index' },
  { name: 'get /admin/documents/failed' },
  { name: `delete ${FILES}/{id}` },
  { name: 'delete /admin/collections/{collection}', query: '?force=true' },
  { name: 'post /admin/scrub', body: { text: 'Write to ann.lee@corp-mail.org' } },
  { name: 'get /admin/usage', query: '?by=day,key,team,model' },
  { name: 'get /admin/ledger' },
  { name: 'get /admin/openapi.json' },
  { name: 'get /healthz' },
  { name: 'get /readyz' },
  { name: 'head /' },
  { name: 'get /v1/models' },
];

const WAIT = { timeout: 30_000 };

async function isReady(): Promise<boolean> {
  const path = `/admin/collections/${params['collection']}/documents/${params['id']}`;
  const response = await fetch(`${gateway.url}${path}`, { headers: { 'x-api-key': TOKEN } });
  return (await response.text()).includes('"state":"ready"');
}

const nameOf = ({ method, path }: Operation) => `${method} ${path}`;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ bus: 'embedded', env: { LLMP_ADMIN_TOKEN: TOKEN } });
  const body = {
    model: 'claude-sonnet-5-5',
    max_tokens: 64,
    messages: [{ role: 'user', content: 'Hi' }],
  };
  await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then((response) => response.text());
});
afterAll(() => gateway[Symbol.asyncDispose]());

describe('every documented operation', () => {
  it.each(CALLS)('$name responds as it is documented', async ({ name, body, query = '' }) => {
    const operation = OPERATIONS.find((one) => nameOf(one) === name);
    if (!operation) throw new Error(`${name} is not documented`);
    const { method, path, opens, success } = operation;
    // A document that is being worked on is a conflict.
    const changesDocument = /^(post|delete).*documents\/\{id\}/.test(name);
    await expect.poll(() => !changesDocument || isReady(), WAIT).toBe(true);
    const filled = path.replaceAll(/\{(\w+)\}/g, (_all, param: string) => params[param] ?? '');
    const response = await fetch(`${gateway.url}${filled}${query}`, {
      method: method.toUpperCase(),
      headers: {
        ...(opens === 'nothing' ? {} : { 'x-api-key': opens === 'admin' ? TOKEN : gateway.key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    expect(response.status, text).toBe(success.status);
    if (!success.schema) return;
    const json = JSON.parse(text) as { readonly id?: string };
    expect(() => success.schema?.parse(json)).not.toThrow();
    if (json.id !== undefined) params['id'] = json.id;
  });

  it('is described by the gateway itself as in the documentation', async () => {
    const headers = { 'x-api-key': TOKEN };
    const response = await fetch(`${gateway.url}/admin/openapi.json`, { headers });
    const documented = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.text()).toBe(documented);
  });

  it('takes a document as a form, and indexes the file alone', async () => {
    const url = `${gateway.url}/admin/collections/forms`;
    const headers = { 'x-api-key': TOKEN };
    const fields = JSON.stringify({ name: 'forms' });
    const json = { ...headers, 'content-type': 'application/json' };
    await fetch(`${gateway.url}/admin/collections`, {
      method: 'POST',
      headers: json,
      body: fields,
    });
    const form = new FormData();
    form.append('file', new Blob([HANDBOOK]), 'people/leave.md');
    const sent = await fetch(`${url}/documents`, { method: 'POST', headers, body: form });
    const created = (await sent.json()) as object;
    expect(sent.status).toBe(202);
    expect(created).toMatchObject({ name: 'people/leave.md', bytes: HANDBOOK.length });
    const shown = await fetch(`${url}/documents/${encodeURIComponent('people/leave.md')}`, {
      headers,
    });
    expect(await shown.json()).toMatchObject({ name: 'people/leave.md' });
  });

  it('is called here, but for those that go to the upstream', () => {
    const called = CALLS.map(({ name }) => name);
    const missing = OPERATIONS.filter(({ path }) => !path.startsWith('/v1/')).map(nameOf);
    expect(missing.filter((name) => !called.includes(name))).toEqual([]);
  });
});

describe('the documented operations', () => {
  it('are as many as the routes of the ingress', () => {
    const routes = [
      'admin-collections admin-documents admin-keys admin-openapi admin-scrub admin-teams admin-usage',
      'count-tokens health messages',
    ].flatMap((row) => row.split(' '));
    const registered = routes.flatMap((name) => {
      const path = new URL(`../../services/ingress/routes/${name}.ts`, import.meta.url);
      return [...readFileSync(path, 'utf8').matchAll(/\b(app|files)\.(get|post|delete|head)\b/g)];
    });
    // Both of the models, which are registered in one of two ways.
    expect(registered.length + 2).toBe(OPERATIONS.length);
  });
});
