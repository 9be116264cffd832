// What the upstream uses, such as the URL of an image, passes unchanged and is counted.

import { describe, expect, it } from 'vitest';
import { readRules } from '../../../shared/privacy/rules.ts';
import { fakeKey } from '../../kit/fake-key.ts';
import { scrubbing } from '../../kit/scrubbing.ts';
import { recordOf } from '../../kit/vaults.ts';

const AWS_ID = fakeKey('AKIA{A16}', 5);
const URLS: Readonly<Record<string, string>> = {
  'of S3': `https://bucket.s3.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${AWS_ID}%2F20261129%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=${'9f86d081884c7d65'.repeat(4)}`,
  'of Google Cloud Storage': `https://storage.googleapis.com/b/a.png?X-Goog-Credential=robot%40corp.iam.gserviceaccount.com%2F20261129&X-Goog-Signature=${'5d41402abc4b2a76'.repeat(8)}`,
  'of Azure': `https://corp.blob.core.windows.net/c/a.png?sv=2024-11-04&se=2026-12-01&sr=b&sp=r&sig=${encodeURIComponent(`${fakeKey('{b43}', 7)}=`)}`,
  'with a key': `https://mcp.corp-mail.org/sse?apiKey=${fakeKey('glpat-{w20}', 3)}`,
  'with a login': 'https://mailer:hx7Kq2vWz9@mcp.corp-mail.org/sse',
  'with an address': 'https://mcp.corp-mail.org/sse?user=ann.lee@corp-mail.org',
};

const user = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });
const source = (url: string) => ({ type: 'url', url });

const PLACES: Readonly<Record<string, (url: string) => unknown>> = {
  'an image': (url) => user({ type: 'image', source: source(url) }),
  'a document': (url) => user({ type: 'document', title: 'a', source: source(url) }),
  'an image of a tool result': (url) =>
    user({
      type: 'tool_result',
      tool_use_id: 'toolu_1',
      content: [{ type: 'image', source: source(url) }],
    }),
  'an image of a document': (url) =>
    user({
      type: 'document',
      source: { type: 'content', content: [{ type: 'image', source: source(url) }] },
    }),
  'an MCP server': (url) => ({ mcp_servers: [{ type: 'url', name: 'crm', url }] }),
};

describe.each(Object.entries(PLACES))('the URL of %s', (_place, request) => {
  it.each(Object.entries(URLS))('passes unchanged and is reported: %s', async (_what, url) => {
    const body = JSON.stringify(request(url));
    const { text, vault } = await scrubbing()(body);
    expect(text).toBe(body);
    expect(Object.keys(vault.unscrubbed ?? {}).length).toBeGreaterThan(0);
    expect([recordOf(vault.values), vault.counts]).toEqual([{}, {}]);
  });

  it.each(Object.entries(URLS))('is scrubbed where it is text: %s', async (_what, url) => {
    const { text, vault } = await scrubbing()(JSON.stringify(user({ type: 'text', text: url })));
    expect(text).not.toContain(url);
    expect(vault.unscrubbed).toBeUndefined();
  });

  it('does not reveal itself in text', async () => {
    const url = URLS['with a key'] ?? '';
    const key = url.slice(url.indexOf('=') + 1);
    const body = { ...(request(url) as object), stop_sequences: [`a ${key}`] };
    const { text } = await scrubbing()(JSON.stringify(body));
    expect(text.split(key)).toHaveLength(2);
  });

  it('blocks the request where the rules say so', async () => {
    const scrub = scrubbing({ rules: readRules('{version: 1, default: block}') });
    const body = JSON.stringify(request(URLS['with an address'] ?? ''));
    await expect(scrub(body)).rejects.toThrow('refuse');
  });

  it('is not reported where the rules allow it', async () => {
    const scrub = scrubbing({ rules: readRules('{version: 1, default: allow}') });
    const { vault } = await scrub(JSON.stringify(request(URLS['with an address'] ?? '')));
    expect(vault.unscrubbed).toBeUndefined();
  });
});

describe('credentials that the upstream needs', () => {
  it.each([
    [
      'an MCP server',
      { mcp_servers: [{ type: 'url', authorization_token: fakeKey('glpat-{w20}', 3) }] },
      { GITLAB_TOKEN: 1 },
    ],
    [
      'an MCP server that nobody knows',
      { mcp_servers: [{ authorization_token: 'opensesame' }] },
      { GENERIC_SECRET: 1 },
    ],
    ['a credit token', { fallback_credit_token: 'fct_opensesame' }, { GENERIC_SECRET: 1 }],
    [
      'a credit token with a mode',
      { fallback_credit_token: { token: 'fct_x', mode: 'strict' } },
      { GENERIC_SECRET: 1 },
    ],
  ])('pass unchanged and are reported: %s', async (_what, request, unscrubbed) => {
    const body = JSON.stringify({ messages: [], ...request });
    const { text, vault } = await scrubbing()(body);
    expect([text, vault.unscrubbed]).toEqual([body, unscrubbed]);
  });

  it('are text anywhere else', async () => {
    const body = JSON.stringify({ note: { authorization_token: fakeKey('glpat-{w20}', 3) } });
    expect((await scrubbing()(body)).text).not.toContain('glpat');
  });
});
