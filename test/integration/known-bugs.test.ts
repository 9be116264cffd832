// What has gone wrong in other gateways and takes a whole one to see, on every bus: what the upstream
// really gets, what the client gets back, what is logged.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEchoUpstream, type EchoUpstream } from '../kit/echo-upstream.ts';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';
import { tokensIn } from '../kit/scrubbing.ts';

const ANN = 'ann.lee@corp-mail.org';

function says(content: string) {
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

  async function ask(body: unknown): Promise<{ id: string; said: string }> {
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { content } = (await response.json()) as { content: { text: string }[] };
    return { id: response.headers.get('request-id') ?? '', said: content[0]?.text ?? '' };
  }

  it('LiteLLM 22627: the provider gets the table of placeholders with the body', async () => {
    await ask(says(`I am ${ANN}`));
    const seen = upstream.bodies.at(-1) ?? '';
    const [token = ''] = tokensIn(seen);
    expect(JSON.parse(seen)).toEqual(says(`I am ${token}`));
    expect(seen).not.toContain('corp-mail');
  });

  it('LiteLLM 30447, 8359: what is done for the log changes the answer, or only the log', async () => {
    const { id, said } = await ask(says(`I am ${ANN}`));
    expect(said).toBe(JSON.stringify(says(`I am ${ANN}`)));
    expect(upstream.bodies.at(-1)).not.toContain(ANN);
    const line = () => gateway.logs().find((entry) => entry['requestId'] === id);
    await expect.poll(line).toMatchObject({ scrubbed: { EMAIL_ADDRESS: 1 } });
    expect(JSON.stringify(gateway.logs())).not.toMatch(/corp-mail|PII_EMAIL/);
  });

  it('LLM Guard 131, PR 82: of many requests at once some get the values of others', async () => {
    const people = Array.from({ length: 24 }, (_, index) => `person${index}@corp-mail.org`);
    const texts = people.map((person) => `${'On and on. '.repeat(900)}${person}, and ${ANN}`);
    const answers = await Promise.all(texts.map((text) => ask(says(text))));
    expect(answers.map(({ said }) => said)).toEqual(
      texts.map((text) => JSON.stringify(says(text))),
    );
    expect(upstream.bodies.join('')).not.toContain('corp-mail');
  });
});
