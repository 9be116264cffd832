import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MatcherContext } from '../../../../../shared/policy/matcher.ts';
import { compiled } from '../../../../kit/policies.ts';

let server: Server;
let reply: { status: number; body: string; headers?: Record<string, string> } | undefined;
const requests: { headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const body = (await request.toArray()).join('');
      requests.push({ headers: request.headers, body });
      if (reply) response.writeHead(reply.status, reply.headers).end(reply.body);
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function matcher(fields: object = {}, deadline?: MatcherContext['deadline']) {
  const { port } = server.address() as AddressInfo;
  const webhook = { type: 'webhook', url: `http://127.0.0.1:${port}/check?token=t`, ...fields };
  const kit = deadline ? { deadline } : {};
  const policy = compiled([{ id: 'a', match: { any: [webhook] }, action: 'block' }], {}, kit);
  const [remote] = policy.rules[0]?.remotes.any ?? [];
  if (!remote) throw new Error('the policy has no webhook');
  return (text: string) => remote.ask(text, new AbortController().signal);
}

describe('the webhook matcher', () => {
  it.each([
    ['{"match":true}', true],
    ['{"match":false,"more":1}', false],
  ])('accepts %s', async (body, expected) => {
    reply = { status: 200, body };
    expect(await matcher({ headers: { authorization: 'Bearer x' } })('hello "you"')).toBe(expected);
    expect(requests.at(-1)?.body).toBe('{"text":"hello \\"you\\""}');
    expect(requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer x' });
  });

  it.each([
    [200, 'yes', 'did not return'],
    [200, '{"match":"true"}', 'did not return'],
    [200, '', 'did not return'],
    [500, '{"match":false}', 'status 500'],
    [404, 'not here', 'status 404'],
    [200, `{"match":true,"x":"${'x'.repeat(70_000)}"}`, 'too large'],
  ])('rejects %i %s without quoting the text', async (status, body, why) => {
    reply = { status, body };
    const result = matcher()('a secret text');
    await expect(result).rejects.toThrow(why);
    await expect(result).rejects.not.toThrow(/secret|token/);
  });

  it('does not follow redirects', async () => {
    reply = { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } };
    await expect(matcher()('x')).rejects.toThrow('fetch failed');
  });

  it('fails if there is no response in time', async () => {
    reply = undefined;
    const deadline = new AbortController();
    const timeouts: number[] = [];
    const ask = matcher({ timeout_ms: 77 }, (ms, _, work) => {
      timeouts.push(ms);
      return work(deadline.signal);
    });
    const count = requests.length;
    const result = ask('x');
    await expect.poll(() => requests.length).toBe(count + 1);
    deadline.abort(new Error('timed out'));
    await expect(result).rejects.toThrow('timed out');
    expect(timeouts).toEqual([77]);
  });

  it.each([
    [{ url: 'ftp://x' }, 'url: must be an http or https URL'],
    [{ timeout_ms: 60_000 }, 'timeout_ms: must be at most 15000'],
    [{ headers: { 'a b': 'c' } }, 'headers'],
  ])('rejects %j', (fields, message) => {
    expect(() => matcher(fields)).toThrow(message);
  });
});
