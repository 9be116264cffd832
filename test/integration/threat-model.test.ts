// Statements of SECURITY.md that no other test checks: what a malicious upstream or another key can learn
// or do, and what happens when Redis comes back empty.

import { Redis } from 'ioredis';
import { expect, it, describe } from 'vitest';
import { describeWith } from '../kit/describe-with.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { responseBody } from '../kit/responses.ts';
import { startScriptedUpstream } from '../kit/scripted-upstream.ts';
import { tokensIn } from '../kit/scrubbing.ts';
import { startRedisServer } from '../kit/servers.ts';

const ANN = 'ann.lee@corp-mail.org';
const LLMP_ADMIN_TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const PLACEHOLDER = /PII_[A-Z]+_[a-z2-7]{8}/;

/** An upstream that responds with `words`, in the text and in a header that clients get. */
const repeating = (words: () => string) =>
  startScriptedUpstream(() => ({
    status: 200,
    headers: ['content-type', 'application/json', 'anthropic-organization-id', words()],
    chunks: [Buffer.from(responseBody([{ type: 'text', text: words() }]))],
  }));

async function ask({ url }: Gateway, key: string, content: string) {
  return await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content }] }),
  });
}

async function createKey({ url }: Gateway, name: string): Promise<{ id: string; key: string }> {
  const response = await fetch(`${url}/admin/keys`, {
    method: 'POST',
    headers: { 'x-api-key': LLMP_ADMIN_TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  return (await response.json()) as { id: string; key: string };
}

describe('a malicious upstream', () => {
  it('gets no value restored in a header', async () => {
    let placeholder = 'none';
    await using upstream = await repeating(() => placeholder);
    await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url });
    await (await ask(gateway, gateway.key, `I am ${ANN}.`)).text();
    [placeholder = ''] = PLACEHOLDER.exec(upstream.requests[0]?.body.toString() ?? '') ?? [];
    const response = await ask(gateway, gateway.key, `I am ${ANN}.`);
    expect(JSON.stringify([...response.headers])).not.toContain(ANN);
    expect(await response.text()).toContain(ANN);
  });

  it('cannot have a value of one key or request restored for another', async () => {
    let placeholder = 'none';
    await using upstream = await repeating(() => placeholder);
    const env = { LLMP_ADMIN_TOKEN };
    await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
    const { key } = await createKey(gateway, 'other');
    await (await ask(gateway, gateway.key, `I am ${ANN}.`)).text();
    [placeholder = ''] = PLACEHOLDER.exec(upstream.requests[0]?.body.toString() ?? '') ?? [];
    for (const [who, words] of [
      [key, `I am ${ANN}.`],
      [key, `I am ${placeholder}.`],
      [gateway.key, `I am bob.lee@corp-mail.org, not ${placeholder}.`],
    ] as const) {
      const text = await (await ask(gateway, who, words)).text();
      expect(text).toContain(placeholder);
      expect(text).not.toContain(ANN);
    }
  });

  it('sees the kind of a value and whether two are equal, but neither its length nor who else has it', async () => {
    await using upstream = await repeating(() => 'ok');
    const env = { LLMP_ADMIN_TOKEN };
    await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
    const { key } = await createKey(gateway, 'other');
    const long = `a.much.longer.address.than.the.other.${ANN}`;
    await (await ask(gateway, gateway.key, `${ANN} ${long} ${ANN}`)).text();
    await (await ask(gateway, key, `${ANN} ${long} ${ANN}`)).text();
    const [own = [], other = []] = upstream.requests.map(({ body }) => tokensIn(body.toString()));
    expect(own).toHaveLength(3);
    expect(own[0]).toBe(own[2]);
    expect(own[0]).not.toBe(own[1]);
    expect(own[0]?.length).toBe(own[1]?.length);
    expect(own.filter((placeholder) => other.includes(placeholder))).toEqual([]);
  });
});

describeWith('redis-server')('a Redis that comes back empty', () => {
  it('opens no door: its keys are refused, placeholders stay the same, configured keys work', async () => {
    await using redis = await startRedisServer();
    await using upstream = await repeating(() => 'ok');
    const env = { LLMP_ADMIN_TOKEN, REDIS_URL: redis.url };
    await using gateway = await startGateway({ bus: 'embedded', upstreamUrl: upstream.url, env });
    const { key } = await createKey(gateway, 'a');
    const revoked = await createKey(gateway, 'b');
    const gone = await fetch(`${gateway.url}/admin/keys/${revoked.id}/revoke`, {
      method: 'POST',
      headers: { 'x-api-key': LLMP_ADMIN_TOKEN },
    });
    expect(gone.ok).toBe(true);
    expect((await ask(gateway, key, ANN)).status).toBe(200);
    await (await ask(gateway, gateway.key, ANN)).text();

    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();

    await expect.poll(async () => (await ask(gateway, key, ANN)).status).toBe(401);
    expect((await ask(gateway, revoked.key, ANN)).status).toBe(401);
    expect((await ask(gateway, gateway.key, ANN)).status).toBe(200);
    const placeholders = upstream.requests
      .map(({ body }) => PLACEHOLDER.exec(body.toString())?.[0])
      .slice(1);
    expect(placeholders.at(-1)).toBe(placeholders[0]);
  });
});
