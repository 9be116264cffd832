// Requests through all stages of the gateway as clients see them, on every bus.

import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSES, startGateway, type Gateway } from '../kit/gateway.ts';

const HELLO = {
  model: 'claude-sonnet-5-5',
  max_tokens: 256,
  messages: [{ role: 'user' as const, content: 'Hello stages' }],
};

describe.each(BUSES)('a gateway on the %s bus', (bus) => {
  let gateway: Gateway;
  let client: Anthropic;
  beforeAll(async () => {
    gateway = await startGateway({ bus });
    client = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  it('responds to the SDK', async () => {
    const message = await client.messages.create(HELLO);
    expect(message.content).toMatchObject([{ type: 'text', text: 'You said: Hello stages' }]);
    expect(message._request_id).toMatch(/^req_/);
  });

  it('streams to the SDK', async () => {
    const message = await client.messages.stream(HELLO).finalMessage();
    expect(message.content).toMatchObject([{ type: 'text', text: 'You said: Hello stages' }]);
    expect(message.stop_reason).toBe('end_turn');
  });

  it('counts tokens and lists models', async () => {
    const { model, messages } = HELLO;
    const counted = await client.messages.countTokens({ model, messages });
    expect(counted.input_tokens).toBeGreaterThan(0);
    const models = await client.models.list();
    expect(models.data.length).toBeGreaterThan(0);
    const [first] = models.data;
    expect(await client.models.retrieve(first?.id ?? '')).toEqual(first);
  });

  it('is ready when every stage has a worker', async () => {
    const response = await fetch(`${gateway.url}/readyz`);
    expect(await response.json()).toEqual({ status: 'ready' });
  });

  it('logs one line per request with the duration of each stage', async () => {
    const { _request_id: id } = await client.messages.create(HELLO);
    await expect
      .poll(() => gateway.logs().filter((line) => line['requestId'] === id))
      .toMatchObject([
        {
          outcome: 'responded',
          status: 200,
          attempts: 1,
          stages: {
            scrubber: expect.any(Number),
            policy: expect.any(Number),
            upstream: expect.any(Number),
          },
          annotations: { outputTokens: expect.any(Number), stopReason: 'end_turn' },
        },
      ]);
  });
});
