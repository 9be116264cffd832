// The simulator's routes, headers, echo, and streams that equal the buffered message.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerOf } from '../../../../shared/runtime/raw-headers.ts';
import {
  accumulate,
  createSimulation,
  errorOf,
  eventsOf,
  jsonOf,
  parseEvents,
  textOf,
  userSays,
  withoutIds,
} from '../../../kit/ask-simulator.ts';
import { checkProperty } from '../../../kit/properties.ts';

const THINK = { thinking: { type: 'enabled', budget_tokens: 2_000 } };

describe('a simulated message', () => {
  it('is a complete Message that echoes the user', async () => {
    const response = await createSimulation().say('good morning');
    expect(response.status).toBe(200);
    expect(await jsonOf(response)).toEqual({
      id: expect.stringMatching(/^msg_sim_\w{24}$/),
      type: 'message',
      role: 'assistant',
      model: 'claude-test',
      content: [{ type: 'text', text: 'You said: good morning' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: {
        input_tokens: expect.any(Number),
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
        output_tokens: expect.any(Number),
        output_tokens_details: { thinking_tokens: 0 },
        server_tool_use: null,
        service_tier: 'standard',
        inference_geo: 'not_available',
        speed: 'standard',
      },
    });
  });

  it('ignores system reminders and a system message after the prompt', async () => {
    const reminder = { type: 'text', text: '<system-reminder>\nbe nice\n</system-reminder>' };
    const prompt = { type: 'text', text: 'say hi' };
    const messages = [
      { role: 'user', content: 'older' },
      { role: 'assistant', content: 'yes' },
      { role: 'user', content: [reminder, prompt, { type: 'from_the_future', text: 'no' }] },
      { role: 'system', content: 'environment' },
    ];
    const { content } = await jsonOf(await createSimulation().say('', { messages }));
    expect(content).toEqual([{ type: 'text', text: 'You said: say hi' }]);
  });

  it.each(['', ' \n', '<system-reminder>x</system-reminder>'])(
    'says hello to %j, which has no text',
    async (text) => {
      const { content } = await jsonOf(await createSimulation().say(text));
      expect(content).toEqual([{ type: 'text', text: expect.stringMatching(/^Hello/) }]);
    },
  );

  it('echoes tool results, as a string or as blocks', async () => {
    const results = [
      { type: 'tool_result', tool_use_id: 'toolu_1', content: 'rain' },
      { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'wind' }] },
      { type: 'tool_result', tool_use_id: 'toolu_3' },
    ];
    const { content } = await jsonOf(await createSimulation().say(results));
    expect(content).toEqual([{ type: 'text', text: 'The tool said: rain\nwind\n' }]);
  });

  it('is empty when max_tokens is 0', async () => {
    const more = { max_tokens: 0, stop_sequences: ['warm'], ...THINK };
    expect(await jsonOf(await createSimulation().say('warm up', more))).toMatchObject({
      content: [],
      stop_reason: 'max_tokens',
      stop_sequence: null,
      usage: { output_tokens: 0 },
    });
  });

  it('ends before the stop sequence that comes first', async () => {
    const stop = { stop_sequences: ['delta', 'gamma', ''] };
    expect(
      await jsonOf(await createSimulation().say('alpha gamma delta gamma', stop)),
    ).toMatchObject({
      content: [{ type: 'text', text: 'You said: alpha ' }],
      stop_reason: 'stop_sequence',
      stop_sequence: 'gamma',
    });
  });

  it.each(['enabled', 'adaptive'])('starts with signed thinking if it is %s', async (type) => {
    const { content } = await jsonOf(await createSimulation().say('hm', { thinking: { type } }));
    expect(content).toEqual([
      {
        type: 'thinking',
        thinking: expect.stringContaining('hm'),
        signature: expect.stringMatching(/^[\w+/]{86}==$/),
      },
      { type: 'text', text: 'You said: hm' },
    ]);
  });

  it('shows no thinking if it is disabled, and only its signature if it is omitted', async () => {
    const { say } = createSimulation();
    const disabled = await jsonOf(await say('hm', { thinking: { type: 'disabled' } }));
    expect(disabled['content']).toHaveLength(1);
    const thinking = { type: 'adaptive', display: 'omitted' };
    const events = await eventsOf(await say('hm', { thinking, stream: true }));
    expect(JSON.stringify(events)).not.toContain('thinking_delta');
    expect(accumulate(events)['content']).toMatchObject([
      { type: 'thinking', thinking: '', signature: expect.stringMatching(/.{80}/) },
      { type: 'text' },
    ]);
  });

  it('is the same for the same request, except for ids', async () => {
    const first = createSimulation();
    const second = createSimulation();
    for (const stream of [true, false]) {
      const [a, b] = await Promise.all(
        [first, second].map(async ({ say }) => textOf(await say('again', { ...THINK, stream }))),
      );
      expect(a).not.toBe(b);
      expect(withoutIds(a)).toBe(withoutIds(b));
    }
  });
});

describe('a simulated stream', () => {
  it('has the events of the protocol in order', async () => {
    const response = await createSimulation().say('one two three', { ...THINK, stream: true });
    expect(headerOf(response.headers, 'content-type')).toMatch(/^text\/event-stream/);
    const events = await eventsOf(response);
    const names = events.map(({ type, index = '', delta }) => {
      const { type: kind = '' } = (delta ?? {}) as { type?: string };
      return `${String(type)} ${String(index)} ${kind}`.trim();
    });
    expect(names.filter((name, at) => name !== names[at - 1])).toEqual([
      'message_start',
      'ping',
      'content_block_start 0',
      'content_block_delta 0 thinking_delta',
      'content_block_delta 0 signature_delta',
      'content_block_stop 0',
      'content_block_start 1',
      'content_block_delta 1 text_delta',
      'content_block_stop 1',
      'message_delta',
      'message_stop',
    ]);
    expect(names.filter((name) => name.endsWith('text_delta')).length).toBeGreaterThan(1);
    expect(events[0]).toMatchObject({
      message: { content: [], stop_reason: null, usage: { input_tokens: expect.any(Number) } },
    });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: expect.any(Number) },
    });
  });

  it('sends complete events in each chunk', async () => {
    const { body } = await createSimulation().say('a b c d', { stream: true });
    for await (const chunk of body) {
      expect(parseEvents(new TextDecoder().decode(chunk)).length).toBeGreaterThan(0);
    }
  });

  it('adds up to the buffered message, for every text', async () => {
    const { say } = createSimulation();
    const more = fc.record({
      thinking: fc.option(fc.constant(THINK.thinking)),
      stop_sequences: fc.option(fc.array(fc.string({ maxLength: 2 }), { maxLength: 2 })),
    });
    const tool = fc.record({
      tool: fc.constant('T'),
      input: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })),
    });
    await checkProperty(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 80 }),
        more,
        fc.option(tool),
        fc.option(fc.integer({ min: 1, max: 5 })),
        async (text, options, call, split) => {
          const pairs = [
            ...(call ? [`tool=T input=${JSON.stringify(call.input)}`] : []),
            ...(split ? [`split=${split}`] : []),
          ];
          const ask = { simulate: pairs.join(' ') };
          // `[[` would start a directive.
          const words = text.replaceAll('[[', '[');
          const buffered = await jsonOf(await say(words, options, ask));
          const events = await eventsOf(await say(words, { ...options, stream: true }, ask));
          expect(withoutIds(accumulate(events))).toEqual(withoutIds(buffered));
        },
      ),
    );
  });
});

describe('the simulated API', () => {
  it('adds the headers of an upstream account to every response', async () => {
    const { ask, say } = createSimulation();
    const responses = [
      await say('hi'),
      await say('hi', { stream: true }),
      await ask({ method: 'GET', path: '/v1/models' }),
      await ask({ path: '/nowhere' }),
    ];
    for (const { headers } of responses) {
      expect(headerOf(headers, 'x-llmp-upstream')).toBe('simulator');
      expect(headerOf(headers, 'request-id')).toMatch(/^req_sim_\w{24}$/);
      expect(headerOf(headers, 'anthropic-organization-id')).toBeDefined();
      expect(headerOf(headers, 'anthropic-ratelimit-requests-limit')).toBeDefined();
      expect(headerOf(headers, 'anthropic-ratelimit-tokens-reset')).toBe(
        '2026-01-01T00:01:00.000Z',
      );
    }
  });

  it('matches the path and ignores the query', async () => {
    const response = await createSimulation().say('hi', {}, { path: '/v1/messages?beta=true' });
    expect(response.status).toBe(200);
  });

  it('counts the tokens a message would be charged for, without max_tokens', async () => {
    const { ask, say } = createSimulation();
    const { model, messages } = userSays('x'.repeat(4_000));
    const path = '/v1/messages/count_tokens?beta=true';
    const counted = await jsonOf(await ask({ path, body: { model, messages } }));
    expect(counted).toEqual({ input_tokens: expect.any(Number) });
    expect(counted['input_tokens']).toBeGreaterThanOrEqual(1_000);
    expect(counted['input_tokens']).toBeLessThan(1_050);
    const { usage } = await jsonOf(await say('x'.repeat(4_000)));
    expect(usage).toMatchObject(counted);
  });

  it.each([
    ['not JSON', '{"model":', /not valid JSON/],
    ['no object', '[]', /expected object/],
    ['no model', { ...userSays('x'), model: undefined }, /^model: Field required$/],
    ['no messages', { ...userSays('x'), messages: undefined }, /^messages: Field required$/],
    ['no max_tokens', { ...userSays('x'), max_tokens: undefined }, /^max_tokens: Field required$/],
    ['an empty conversation', { ...userSays('x'), messages: [] }, /^messages: at least one/],
    [
      'a wrong role',
      { ...userSays('x'), messages: [{ role: 'me', content: '' }] },
      /^messages\.0\.role: /,
    ],
    ['no number', { ...userSays('x'), max_tokens: 'many' }, /^max_tokens: /],
  ])('rejects %s with a 400 that names the reason', async (_, body, message) => {
    expect(await errorOf(await createSimulation().ask({ body }))).toEqual({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringMatching(message),
    });
  });

  it('responds to any other path with 404 in the error envelope, with its request id', async () => {
    const { ask } = createSimulation();
    for (const [method, path] of [
      ['GET', '/v1/messages'],
      ['POST', '/v1/models'],
      ['POST', '/v1/complete'],
      ['GET', '//'],
    ] as const) {
      const response = await ask({ method, path });
      expect(response.status).toBe(404);
      expect(await jsonOf(response)).toEqual({
        type: 'error',
        error: { type: 'not_found_error', message: 'Not Found' },
        request_id: headerOf(response.headers, 'request-id'),
      });
    }
  });
});
