// The TypeScript SDK in both major versions against a running gateway. They differ in the key header,
// the API version and `?beta=true`, and must not notice the gateway.

import type Anthropic from '@anthropic-ai/sdk';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_BUSES } from '../kit/client-buses.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { requestLines, settledLines } from '../kit/request-log.ts';
import { TYPESCRIPT_SDKS } from '../kit/sdk-clients.ts';

const model = 'claude-opus-5-5';
const HELLO = { model, max_tokens: 256, messages: [user('Hello from the SDK')] };
const WEATHER = {
  name: 'weather',
  description: 'Tells the weather.',
  input_schema: { type: 'object' as const, properties: { town: { type: 'string' } } },
};

function user(content: string) {
  return { role: 'user' as const, content };
}

function simulate(directives: string) {
  return { headers: { 'x-llmp-simulate': directives } };
}

describe.each(CLIENT_BUSES)('on the %s bus', (bus) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ bus });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  describe.each(TYPESCRIPT_SDKS)('the SDK $name', ({ Sdk }) => {
    let client: Anthropic;
    beforeAll(() => {
      client = new Sdk({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
    });

    it('creates a message', async () => {
      const message = await client.messages.create(HELLO);
      expect(message).toMatchObject({
        type: 'message',
        role: 'assistant',
        model,
        content: [{ type: 'text', text: 'You said: Hello from the SDK' }],
        stop_reason: 'end_turn',
        usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      });
      await settledLines(gateway, (line) => line.requestId === message._request_id, 1);
    });

    it('sees no headers of the upstream account', async () => {
      const { response, request_id: id } = await client.messages.create(HELLO).withResponse();
      expect(id).toMatch(/^req_(?!sim_)/);
      expect(response.headers.get('x-llmp-upstream')).toBe('simulator');
      const names = [...response.headers.keys()];
      const accountHeaders = /^(anthropic-(ratelimit|organization)|cf-ray|via$)/;
      expect(names.filter((name) => accountHeaders.test(name))).toEqual([]);
    });

    it('authenticates with authToken', async () => {
      const bearer = new Sdk({ baseURL: gateway.url, apiKey: null, authToken: gateway.key });
      expect((await bearer.messages.create(HELLO)).stop_reason).toBe('end_turn');
    });

    it('iterates the events of a stream', async () => {
      const types: string[] = [];
      let text = '';
      for await (const event of await client.messages.create({ ...HELLO, stream: true })) {
        if (types.at(-1) !== event.type) types.push(event.type);
        if (event.type !== 'content_block_delta') continue;
        if (event.delta.type === 'text_delta') text += event.delta.text;
      }
      expect(types).toEqual([
        'message_start',
        'content_block_start',
        'content_block_delta',
        'content_block_stop',
        'message_delta',
        'message_stop',
      ]);
      expect(text).toBe('You said: Hello from the SDK');
    });

    it('accumulates a stream', async () => {
      const stream = client.messages.stream(HELLO);
      const deltas: string[] = [];
      stream.on('text', (delta) => deltas.push(delta));
      const message = await stream.finalMessage();
      expect(deltas.length).toBeGreaterThan(1);
      expect(deltas.join('')).toBe('You said: Hello from the SDK');
      expect(message.content).toMatchObject([{ type: 'text', text: deltas.join('') }]);
      expect(message.usage.output_tokens).toBeGreaterThan(1);
      expect(stream.request_id).toMatch(/^req_(?!sim_)/);
    });

    it('receives the first words long before the last', async () => {
      const options = simulate('words=12 pace=100');
      const stream = client.messages.stream(HELLO, options);
      const atMs: number[] = [];
      stream.on('text', () => atMs.push(performance.now()));
      await stream.done();
      expect((atMs.at(-1) ?? 0) - (atMs[0] ?? 0)).toBeGreaterThan(300);
    });

    it('accepts events, blocks and deltas of unknown types', async () => {
      const options = simulate('unknown text=all is well');
      const message = await client.messages.stream(HELLO, options).finalMessage();
      expect(message.content).toMatchObject([
        { type: 'text', text: 'all is well' },
        { type: 'x_simulated_block', note: 'pass me on' },
      ]);
    });

    it.each([false, true])('sends thinking blocks back (stream: %s)', async (streamed) => {
      const request = { ...HELLO, thinking: { type: 'adaptive' as const } };
      const first = streamed
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request);
      expect(first.content).toMatchObject([
        { type: 'thinking', thinking: expect.any(String), signature: expect.stringMatching(/./) },
        { type: 'text' },
      ]);
      const assistant = { role: 'assistant' as const, content: first.content };
      const messages = [...HELLO.messages, assistant, user('And on')];
      const second = await client.messages.create({ ...request, messages });
      expect(second.content).toMatchObject([{ type: 'thinking' }, { text: 'You said: And on' }]);
    });

    it.each([false, true])('completes a tool loop (stream: %s)', async (streamed) => {
      const input = { town: 'Zürich "Nord" \\ 𝄞', days: [1, 2] };
      const question = user(`[[simulate: tool=weather input=${JSON.stringify(input)}]]`);
      const request = { ...HELLO, tools: [WEATHER], messages: [question] };
      const call = streamed
        ? await client.messages.stream(request).finalMessage()
        : await client.messages.create(request);
      expect(call.stop_reason).toBe('tool_use');
      const use = call.content.find((block) => block.type === 'tool_use');
      expect(use).toMatchObject({ name: 'weather', input });
      const result = { type: 'tool_result' as const, tool_use_id: use?.id ?? '', content: 'Rain.' };
      const final = await client.messages.create({
        ...request,
        messages: [
          question,
          { role: 'assistant', content: call.content },
          { role: 'user', content: [result] },
        ],
      });
      expect(final.content).toMatchObject([{ type: 'text', text: 'The tool said: Rain.' }]);
    });

    it('runs tools with the tool runner', async () => {
      const inputs: unknown[] = [];
      const run = (input: unknown) => {
        inputs.push(input);
        return 'Snow.';
      };
      const message = await client.beta.messages.toolRunner({
        ...HELLO,
        tools: [{ ...WEATHER, type: 'custom', run, parse: (content) => content }],
        messages: [user('[[simulate: tool=weather input={"town":"Bern"}]]')],
      });
      expect(inputs).toEqual([{ town: 'Bern' }]);
      expect(message.content).toMatchObject([{ text: 'The tool said: Snow.' }]);
    });

    it('uses the beta API, streamed and buffered', async () => {
      const request = {
        ...HELLO,
        betas: ['context-management-2025-06-27', 'x-unknown-2030-01-01'],
      };
      const created = await client.beta.messages.create(request);
      expect(created.content).toMatchObject([{ text: 'You said: Hello from the SDK' }]);
      const streamed = await client.beta.messages.stream(request).finalMessage();
      expect(streamed.content).toEqual(created.content);
      const { messages, betas } = request;
      const counted = await client.beta.messages.countTokens({ model, messages, betas });
      expect(counted.input_tokens).toBeGreaterThan(0);
    });

    it('counts tokens', async () => {
      const { messages } = HELLO;
      const { input_tokens: short } = await client.messages.countTokens({ model, messages });
      const longer = [user('Hello from the SDK, which has much more to say this time')];
      const { input_tokens: long } = await client.messages.countTokens({ model, messages: longer });
      expect(short).toBeGreaterThan(0);
      expect(long).toBeGreaterThan(short);
    });

    it('lists models page by page and retrieves one', async () => {
      const ids: string[] = [];
      for await (const { id } of client.models.list({ limit: 2 })) ids.push(id);
      expect(ids).toContain(model);
      expect(new Set(ids).size).toBe(ids.length);
      expect(await client.models.retrieve(model)).toMatchObject({ id: model, type: 'model' });
      const unknown = client.models.retrieve('claude-nobody');
      await expect(unknown).rejects.toBeInstanceOf(Sdk.NotFoundError);
    });

    it('aborts in the middle of a stream', async () => {
      const aborted = `aborted-${randomUUID()}`;
      const request = { ...HELLO, model: aborted };
      const stream = client.messages.stream(request, simulate('words=1000 pace=50'));
      stream.on('text', () => stream.abort());
      await expect(stream.done()).rejects.toBeInstanceOf(Sdk.APIUserAbortError);
      const [line] = await settledLines(gateway, (each) => each.model === aborted, 1);
      expect(line).toMatchObject({ outcome: 'client_disconnected', status: 200 });
    });

    it('gets a 404 for what the gateway does not serve', async () => {
      const before = requestLines(gateway).length;
      const listed = client.messages.batches.list();
      await expect(listed).rejects.toMatchObject({ status: 404, type: 'not_found_error' });
      await expect.poll(() => requestLines(gateway).slice(before)).toHaveLength(1);
    });
  });
});
