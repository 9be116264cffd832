// Policy reloads: no request is dropped, each is checked against one policy, and monitor mode
// changes no byte.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';

const BLOCK = { id: 'a', on: 'both', match: words('secret'), action: 'block' };
const LOCKED = policyOf([BLOCK]);
const OPEN = policyOf([{ ...BLOCK, action: 'flag' }]);

describe.each(BUSES.filter((bus) => bus !== 'serialised'))(
  'policy reloads through the %s bus',
  (bus) => {
    let folder: PolicyFolder;
    let gateway: Gateway;
    beforeAll(async () => {
      folder = policyFolder({ default: OPEN });
      gateway = await startGateway({
        bus,
        users: bus === 'nats',
        env: { LLMP_POLICIES: folder.path },
      });
    });
    afterAll(async () => {
      await gateway[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    async function ask(content: string, stream = false) {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'claude-haiku-4-5',
          max_tokens: 100,
          stream,
          messages: [{ role: 'user', content }],
        }),
      });
      return { status: response.status, text: await response.text() };
    }

    const status = async () => (await ask('a secret')).status;

    it('apply within seconds without dropping a request', async () => {
      let isDone = false;
      const seen = new Set<number>();
      const unexpected: unknown[] = [];
      const client = async (index: number) => {
        while (!isDone) {
          const { status: actual, text } = await ask('a secret', index % 2 === 0);
          seen.add(actual);
          const isComplete = text.includes('a secret') && !text.includes('event: error');
          if (!(actual === 200 ? isComplete : actual === 400 && text.includes('policy rule a')))
            unexpected.push(text);
        }
      };
      const clients = Array.from({ length: 6 }, (_, index) => client(index));
      for (const [policy, expected] of [
        [LOCKED, 400],
        [OPEN, 200],
        [LOCKED, 400],
      ] as const) {
        folder.write('default', policy);
        await expect.poll(status).toBe(expected);
      }
      isDone = true;
      await Promise.all(clients);
      expect(unexpected).toEqual([]);
      expect(seen).toEqual(new Set([200, 400]));
    });

    it('are rejected while a file is invalid, and the log says why', async () => {
      folder.write('default', policyOf([{ ...BLOCK, action: 'vanish' }]));
      const rejections = () => gateway.logs().filter(({ msg }) => msg === 'policies rejected');
      // With NATS two processes read the folder, one per worker.
      await expect.poll(() => rejections().length).toBe(bus === 'nats' ? 2 : 1);
      expect(rejections()[0]?.['reason']).toContain('default.yaml: rules.0.action: must be one of');
      expect(await status()).toBe(400);
      folder.write('default', OPEN);
      await expect.poll(status).toBe(200);
    });
  },
);

describe('a policy in monitor mode', () => {
  let upstream: EchoUpstream;
  let folder: PolicyFolder;
  let gateway: Gateway;
  beforeAll(async () => {
    const rules = [
      { ...BLOCK, match: words('secret') },
      { ...BLOCK, id: 'b', match: words('hidden'), action: 'redact' },
      { id: 'c', match: { any: [{ type: 'limit', max_body_bytes: 1 }] }, action: 'block' },
    ];
    folder = policyFolder({ default: policyOf(rules, { mode: 'monitor' }) });
    upstream = await startEchoUpstream();
    gateway = await startGateway({
      bus: 'embedded',
      upstreamUrl: upstream.url,
      env: { LLMP_POLICIES: folder.path },
    });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it('forwards the body unchanged, and records what it would do', async () => {
    const body = String.raw`{ "model":"m","max_tokens":1.0,"n":12345678901234567890, "messages":[{"role":"user","content":"a \u0073ecret that is hidden"}]}`;
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body,
    });
    await response.text();
    expect(response.status).toBe(200);
    expect(upstream.bodies.at(-1)).toBe(body);
    const finished = () => gateway.logs().find(({ msg }) => msg === 'request finished');
    await expect.poll(finished).toMatchObject({
      annotations: { policyHits: 'would-block:a would-redact:b would-block:c' },
    });
  });
});
