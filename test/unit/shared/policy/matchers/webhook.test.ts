import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MatcherKit } from '../../../../../shared/policy/matcher.ts';
import { compiled } from '../../../../kit/policies.ts';

let server: Server;
let answer: { status: number; body: string; headers?: Record<string, string> } | undefined;
const asked: { headers: IncomingMessage['headers']; body: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    void (async () => {
      const body = (await request.toArray()).join('');
      asked.push({ headers: request.headers, body });
      if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function matcher(fields: object = {}, deadline?: MatcherKit['deadline']) {
  const { port } = server.address() as AddressInfo;
  const webhook = { type: 'webhook', url: `http://127.0.0.1:${port}/check?token=t`, ...fields };
  const kit = deadline ? { deadline } : {};
  const policy = compiled([{ id: 'a', match: { any: [webhook] }, action: 'block' }], {}, kit);
  const [remote] = policy.rules[0]?.remotes.any ?? [];
  if (!remote) throw new Error('a webhook is asked');
  return (text: string) => remote.ask(text, new AbortController().signal);
}

describe('the matcher that asks a webhook', () => {
  it.each([
    ['{"match":true}', true],
    ['{"match":false,"more":1}', false],
  ])('believes %s', async (body, is) => {
    answer = { status: 200, body };
    expect(await matcher({ headers: { authorization: 'Bearer x' } })('hello "you"')).toBe(is);
    expect(asked.at(-1)?.body).toBe('{"text":"hello \\"you\\""}');
    expect(asked.at(-1)?.headers).toMatchObject({ authorization: 'Bearer x' });
  });

  it.each([
    [200, 'yes', 'did not answer'],
    [200, '{"match":"true"}', 'did not answer'],
    [200, '', 'did not answer'],
    [500, '{"match":false}', 'answered 500'],
    [404, 'not here', 'answered 404'],
    [200, `{"match":true,"x":"${'x'.repeat(70_000)}"}`, 'answered too much'],
  ])(
    'does not take %i %s for an answer, and tells nothing of the text',
    async (status, body, why) => {
      answer = { status, body };
      const asking = matcher()('a secret text');
      await expect(asking).rejects.toThrow(why);
      await expect(asking).rejects.not.toThrow(/secret|token/);
    },
  );

  it('follows no redirect', async () => {
    answer = { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } };
    await expect(matcher()('x')).rejects.toThrow('fetch failed');
  });

  it('gives up when there is no answer in time', async () => {
    answer = undefined;
    const late = new AbortController();
    const given: number[] = [];
    const ask = matcher({ timeout_ms: 77 }, (ms, _, work) => {
      given.push(ms);
      return work(late.signal);
    });
    const count = asked.length;
    const asking = ask('x');
    await expect.poll(() => asked.length).toBe(count + 1);
    late.abort(new Error('there was no answer in time'));
    await expect(asking).rejects.toThrow('no answer in time');
    expect(given).toEqual([77]);
  });

  it.each([
    [{ url: 'ftp://x' }, 'url: must be an http or https URL'],
    [{ timeout_ms: 60_000 }, 'timeout_ms: must be at most 15000'],
    [{ headers: { 'a b': 'c' } }, 'headers'],
  ])('refuses %j', (fields, onError) => {
    expect(() => matcher(fields)).toThrow(onError);
  });
});
