// Webhooks and judges see no credentials of the URLs that the upstream loads.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { remoteText } from '../../../services/policy/remote-text.ts';
import { limits } from '../../../shared/limits.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { fakeKey } from '../../kit/fake-key.ts';
import { compiled, policiesOf } from '../../kit/policies.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { SCANNER } from '../../kit/scrubbing.ts';
import { confirm } from '../../kit/permits.ts';

const HEX = '9f86d081884c7d65'.repeat(4);
const URLS: readonly (readonly [url: string, secrets: readonly string[]])[] = [
  [
    `https://b.s3.amazonaws.com/a.png?X-Amz-Credential=${fakeKey('AKIA{A16}', 5)}%2F20261129&X-Amz-Signature=${HEX}`,
    [HEX, 'AKIA'],
  ],
  [`https://storage.googleapis.com/b/a.png?X-Goog-Signature=${HEX}`, [HEX]],
  ['https://c.blob.core.windows.net/c/a.png?sv=2024&sig=abcDEF123%2B%3D', ['abcDEF123']],
  ['https://mcp.corp-mail.org/sse?apiKey=opensesame', ['opensesame']],
  ['https://mcp.corp-mail.org/sse?opensesame', ['opensesame']],
  ['https://mcp.corp-mail.org/sse#access_token=opensesame', ['opensesame']],
  ['https://mcp.corp-mail.org/sse;key=opensesame', ['opensesame']],
  ['https://mcp.corp-mail.org/sse%3Fkey=opensesame', ['opensesame']],
  ['https://mcp.corp-mail.org\\sse?a=b&amp;key=opensesame', ['opensesame']],
  [' HTTPS:mcp.corp-mail.org?key=open\tsesame', ['sesame']],
  ['//mcp.corp-mail.org/?key=opensesame', ['opensesame']],
  ['https://mailer:opensesame@mcp.corp-mail.org/sse', ['mailer', 'opensesame']],
  ['https://mailer:open@sesame@mcp.corp-mail.org/sse', ['open', 'sesame']],
  ['https://mcp.corp-mail.org/s/k3jf8dk2lq9sm4nb7vc1/sse', ['k3jf8dk2lq9sm4nb7vc1']],
  ['https://mcp.corp-mail.org/users/ann.lee@corp-mail.org/sse', ['ann.lee']],
];

describe.each(URLS)('of %s', (url, secrets) => {
  it('only the host, the path and the names of parameters are seen', () => {
    const seen = remoteText(url, []);
    for (const secret of secrets) expect(seen).not.toContain(secret);
    expect(seen).toMatch(/(?:corp-mail\.org|amazonaws\.com|googleapis\.com|windows\.net)\b/);
  });
});

it('shows findings in other texts that are used as masks', () => {
  const pattern = '^ann@corp-mail\\.org$';
  expect(remoteText(pattern, [{ start: 1, end: 14 }])).toBe('^[REDACTED]\\.org$');
  expect(remoteText('^[a-z?#=]+$', [])).toBe('^[a-z?#=]+$');
});

it('shows a URL without secrets as it is', () => {
  const url = 'https://upload.wikimedia.org/wikipedia/commons/a/a7/Camponotus_ant.jpg';
  expect(remoteText(url, [])).toBe(url);
});

describe('a policy with remote checks', () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      seen.push((JSON.parse(body) as { text: string }).text);
      response.end('{"match": false}');
    });
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  it('sends them nothing that the upstream may not read', async () => {
    const { port } = server.address() as AddressInfo;
    const webhook = { type: 'webhook', url: `http://127.0.0.1:${port}` };
    const judge = { type: 'judge', model: 'm', prompt: 'It is bad.' };
    const rule = { id: 'a', match: { any: [webhook, judge] }, action: 'block' };
    const stage = createPolicy({
      policies: policiesOf(
        compiled(
          [rule],
          {},
          {
            scan: (text) => SCANNER.scan(text),
            askModel: ({ prompt }) => {
              seen.push(prompt);
              return Promise.resolve('1');
            },
          },
        ),
      ),
      clock: createFakeClock(),
      limits,
      onError: (error) => {
        throw error;
      },
    });
    const content = URLS.map(([url]) => ({ type: 'image', source: { type: 'url', url } }));
    const pattern = '^ann\\.lee|bob@corp-mail\\.org|ann.lee@corp-mail.org$';
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: [...content, { type: 'text', text: 'Hello' }] }],
      tools: [{ name: 'n', input_schema: { properties: { a: { pattern } } } }],
      mcp_servers: URLS.map(([url]) => ({ type: 'url', url, authorization_token: 'opensesame' })),
    };
    const outcome = await stage(requestMessage({}, Buffer.from(JSON.stringify(body))), {
      signal: new AbortController().signal,
      confirm,
    });
    expect(outcome.kind).toBe('pass');
    const all = seen.join('\n');
    expect(all).toContain('Hello');
    expect(all).toContain('storage.googleapis.com');
    expect(all).not.toContain('ann.lee@corp-mail.org');
    for (const secret of URLS.flatMap(([, secrets]) => secrets)) expect(all).not.toContain(secret);
  });
});
