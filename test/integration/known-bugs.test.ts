// Bugs of other gateways that only show end to end, on every bus: what the upstream receives, what
// the client receives and what is logged.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { tokensIn } from '../kit/scrubbing.ts';

const ANN = 'ann.lee@corp-mail.org';

function requestWith(content: string) {
  return { model: 'claude-test', max_tokens: 9, messages: [{ role: 'user', content }] };
}

describe.each(BUSES)('the gateway on the %s bus does not repeat', (bus) => {
  let upstream: EchoUpstream;
  let gateway: Gateway;
  beforeAll(async () => {
    upstream = await startEchoUpstream();
    gateway = await startGateway({ bus, upstreamUrl: upstream.url });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  async function send(body: unknown): Promise<{ id: string; text: string }> {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { content } = (await response.json()) as { content: { text: string }[] };
    return { id: response.headers.get('request-id') ?? '', text: content[0]?.text ?? '' };
  }

  it('LiteLLM 22627: the provider receives the placeholder vault with the body', async () => {
    await send(requestWith(`I am ${ANN}`));
    const seen = upstream.bodies.at(-1) ?? '';
    const [token = ''] = tokensIn(seen);
    expect(JSON.parse(seen)).toEqual(requestWith(`I am ${token}`));
    expect(seen).not.toContain('corp-mail');
  });

  it('LiteLLM 30447, 8359: redaction for the log changes the response, or only the log', async () => {
    const { id, text } = await send(requestWith(`I am ${ANN}`));
    expect(text).toBe(JSON.stringify(requestWith(`I am ${ANN}`)));
    expect(upstream.bodies.at(-1)).not.toContain(ANN);
    const line = () => gateway.logs().find((entry) => entry['requestId'] === id);
    await expect.poll(line).toMatchObject({ scrubbed: { EMAIL_ADDRESS: 1 } });
    expect(JSON.stringify(gateway.logs())).not.toMatch(/corp-mail|PII_EMAIL/);
  });

  it('LLM Guard 131, PR 82: concurrent requests receive the values of others', async () => {
    const people = Array.from({ length: 24 }, (_, index) => `person${index}@corp-mail.org`);
    const texts = people.map((person) => `${'On and on. '.repeat(900)}${person}, and ${ANN}`);
    const responses = await Promise.all(texts.map((text) => send(requestWith(text))));
    expect(responses.map(({ text }) => text)).toEqual(
      texts.map((text) => JSON.stringify(requestWith(text))),
    );
    expect(upstream.bodies.join('')).not.toContain('corp-mail');
  });
});
