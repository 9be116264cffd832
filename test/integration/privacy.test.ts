// The gateway's promise: no value that a detector knows reaches the upstream, and the client never
// notices. On every bus, buffered and streamed.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { generatedRequest } from '../kit/generated-requests.ts';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { checkProperty } from '../kit/properties.ts';

describe.each(BUSES)('personal data sent through the %s bus', (bus) => {
  let upstream: EchoUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startEchoUpstream();
    // The upstream writes the request as text without spaces, in which its URLs have no end.
    const env = { LLMP_SCRUB_RULES: 'version: 1\nrestore_in_urls: always\n' };
    gateway = await startGateway({ bus, upstreamUrl: upstream.url, env });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  async function ask(body: unknown, path = '/v1/messages'): Promise<Response> {
    return await fetch(gateway.url + path, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  /** Returns the text of a buffered or streamed response. */
  async function textOf(response: Response): Promise<string> {
    const text = await response.text();
    if (!text.startsWith('event:')) {
      return (JSON.parse(text) as { content: { text: string }[] }).content[0]?.text ?? '';
    }
    return [...text.matchAll(/^data: (.*)$/gm)]
      .map(([, data]) => JSON.parse(data ?? '') as { delta?: { text?: string } })
      .map(({ delta }) => delta?.text ?? '')
      .join('');
  }

  it.each([false, true])(
    'never reaches the upstream and is restored byte for byte (stream: %s)',
    async (stream) => {
      await checkProperty(
        fc.asyncProperty(generatedRequest, async ({ body, canaries }) => {
          const sent = { ...body, stream };
          const response = await ask(sent);
          expect(response.status).toBe(200);
          const seen = upstream.bodies.at(-1) ?? '';
          expect(canaries.filter((value) => seen.includes(value))).toEqual([]);
          expect(seen.match(/PII_[A-Z]+_[a-z2-7]{8}/g)?.length).toBeGreaterThanOrEqual(
            canaries.length,
          );
          // The upstream echoes the request; restored, it equals what was sent.
          expect(await textOf(response)).toBe(JSON.stringify(sent));
        }),
        { runs: 15 },
      );
    },
    60_000,
  );

  it('is counted by entity in a header and the log, and never logged', async () => {
    const content =
      'Write to ann.lee@corp-mail.org and bob@corp-mail.org, card 4111 1111 1111 1111.';
    const body = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content }] };
    const response = await ask(body);
    await response.text();
    expect(response.headers.get('x-llmp-scrubbed')).toBe('CREDIT_CARD=1, EMAIL_ADDRESS=2');
    const id = response.headers.get('request-id');
    const line = () => gateway.logs().find((entry) => entry['requestId'] === id);
    await expect.poll(line).toMatchObject({ scrubbed: { CREDIT_CARD: 1, EMAIL_ADDRESS: 2 } });
    expect(JSON.stringify(gateway.logs())).not.toMatch(/corp-mail|4111.?1111/);
  });

  it('in base64 is counted in the log as opaque', async () => {
    const source = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
    const messages = [{ role: 'user', content: [{ type: 'image', source }] }];
    const response = await ask({ model: 'm', max_tokens: 1, messages });
    await response.text();
    const id = response.headers.get('request-id');
    const line = () => gateway.logs().find((entry) => entry['requestId'] === id);
    await expect.poll(line).toMatchObject({ opaque: 1 });
  });

  it('is scrubbed the same way for count_tokens', async () => {
    const messages = [{ role: 'user', content: 'I am ann.lee@corp-mail.org' }];
    await (await ask({ model: 'm', messages }, '/v1/messages/count_tokens')).text();
    const counted = upstream.bodies.at(-1);
    await (await ask({ model: 'm', max_tokens: 1, messages })).text();
    const sent = upstream.bodies.at(-1)?.replace('"max_tokens":1,', '');
    expect(counted).toBe(sent);
    expect(sent).not.toContain('corp-mail');
  });

  it('keeps every turn a byte prefix of the next', async () => {
    const turns = [
      {
        role: 'user',
        content: 'My address is ann.lee@corp-mail.org, my card 4111 1111 1111 1111.',
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'PII_EMAIL_abcdefgh wants', signature: 'sig==' },
          { type: 'text', text: 'Noted: ann.lee@corp-mail.org. PII_EMAIL_zzzzzzzz PII_EMA' },
          { type: 'tool_use', id: 'toolu_1', name: 'save', input: { to: 'ann.lee@corp-mail.org' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok' }] },
    ];
    const seen: string[] = [];
    for (let length = 1; length <= turns.length; length += 1) {
      await (await ask({ model: 'm', max_tokens: 1, messages: turns.slice(0, length) })).text();
      seen.push(upstream.bodies.at(-1)?.slice(0, -2) ?? '');
    }
    const grows = seen.map((text, turn) => text.startsWith(seen[turn - 1] ?? ''));
    expect(grows).toEqual([true, true, true]);
    expect(seen.at(-1)).toContain(JSON.stringify(turns[1]?.content[0]));
    expect(seen.at(-1)).toContain('PII_EMAIL_zzzzzzzz PII_EMA"');
  });
});

describe('a rotated key', () => {
  it('keeps its placeholders, so conversations continue unchanged', async () => {
    await using upstream = await startEchoUpstream();
    const LLMP_ADMIN_TOKEN = 'admin-token-of-a-test-0123456789abcdef';
    const env = { LLMP_ADMIN_TOKEN };
    await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
    const post = async (path: string, key: string, body: unknown) => {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      return (await (await fetch(gateway.url + path, init)).json()) as { id: string; key: string };
    };
    const original = await post('/admin/keys', LLMP_ADMIN_TOKEN, { name: 'a' });
    const rotated = await post(`/admin/keys/${original.id}/rotate`, LLMP_ADMIN_TOKEN, {});
    const messages = [{ role: 'user', content: 'I am ann.lee@corp-mail.org' }];
    for (const { key } of [original, rotated]) {
      await post('/v1/messages', key, { model: 'm', max_tokens: 1, messages });
    }
    const [before, after] = upstream.bodies;
    expect(before).toMatch(/PII_EMAIL_[a-z2-7]{8}/);
    expect(after).toBe(before);
  });
});
