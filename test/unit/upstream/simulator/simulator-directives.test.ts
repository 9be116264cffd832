// Directives that shape a simulated response, and their syntax.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerOf } from '../../../../shared/runtime/raw-headers.ts';
import {
  accumulate,
  createSimulation,
  errorOf,
  eventsOf,
  jsonOf,
  withoutIds,
} from '../../../kit/ask-simulator.ts';
import { checkProperty } from '../../../kit/properties.ts';

const WORLD_CALL = {
  type: 'tool_use',
  id: expect.stringMatching(/^toolu_sim_\w{24}$/),
  name: 'Greet',
  input: { who: 'the "world" ]] }', deep: [[1], {}] },
  caller: { type: 'direct' },
};
const WORLD_PAIRS = `tool=Greet input=${JSON.stringify(WORLD_CALL.input)}`;

describe('a directive', () => {
  it('is removed from the text that contains it', async () => {
    const { say } = createSimulation();
    const { content } = await jsonOf(
      await say('[[simulate: split=3]] before [[simulate:]]and after [[simulate: pace=5 ]]'),
    );
    expect(content).toEqual([{ type: 'text', text: 'You said: before and after' }]);
  });

  it('in the text overrides one in the header', async () => {
    const response = await createSimulation().say(
      '[[simulate: text=mine]]',
      {},
      { simulate: 'text=b' },
    );
    expect((await jsonOf(response))['content']).toEqual([{ type: 'text', text: 'mine' }]);
  });

  it('applies only in the newest user message, and not in a reminder', async () => {
    const messages = [
      { role: 'user', content: '[[simulate: status=500]]' },
      { role: 'assistant', content: '[[simulate: status=500]]' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>[[simulate: status=500]]</system-reminder>' },
          { type: 'text', text: 'now' },
        ],
      },
    ];
    expect((await createSimulation().say('', { messages })).status).toBe(200);
  });

  it.each([
    ['colour=red', /"colour"/],
    ['status=200', /status: /],
    ['status=429 !', /cannot read "!/],
    ['words=many', /words: needs a whole number/],
    ['words=100001', /words: /],
    ['split=0', /split: /],
    ['cut=softly', /cut: /],
    ['hang', /hang: /],
    ['unknown=yes', /unknown: takes no value/],
    ['tool=', /tool: needs a name/],
    ['tool=T input={"a":1', /input: the JSON is not complete/],
    ['tool=T input={"a":[1}]', /input: the JSON is not complete/],
    ['tool=T input={a:1}', /input: needs a JSON object/],
    ['tool=T input=[1]', /input: needs a JSON object/],
    ['input={}', /input: needs tool/],
    ['status=500 times=1', /times and key/],
    ['times=1 key=k', /times: needs one of/],
    ['status=500 cut=clean', /status and cut: only one/],
  ])('%j is rejected with a reason', async (directive, message) => {
    const { say } = createSimulation();
    const expected = {
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringMatching(/^simulate: /),
    };
    for (const response of [
      await say('hi', { stream: true }, { simulate: directive }),
      await say(`hi [[simulate: ${directive}]]`),
    ]) {
      const error = await errorOf(response);
      expect(error).toEqual(expected);
      expect(error.message).toMatch(message);
    }
  });

  it('that is not closed is rejected', async () => {
    const error = await errorOf(await createSimulation().say('[[simulate: words=3'));
    expect(error.message).toMatch(/not closed/);
  });

  it('never makes the simulator throw, however malformed', async () => {
    const { say } = createSimulation();
    const word = fc.constantFrom(
      'tool',
      'input',
      'text',
      '=',
      '{',
      '}',
      '"',
      '\\',
      '[',
      ']]',
      ' ',
      '1',
    );
    await checkProperty(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        const response = await say(`[[simulate: ${words.join('')}`);
        expect([200, 400]).toContain(response.status);
      }),
    );
  });
});

describe('status', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [409, 'conflict_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [503, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ])('%i responds with the type %s', async (status, type) => {
    const response = await createSimulation().say(`[[simulate: status=${status}]]`, {
      stream: true,
    });
    expect(await errorOf(response)).toEqual({ status, type, message: `Simulated ${type}.` });
    expect(headerOf(response.headers, 'retry-after')).toBeUndefined();
    expect(headerOf(response.headers, 'x-should-retry')).toBeUndefined();
  });

  it('takes a type, a message and retry headers', async () => {
    const simulate =
      'status=400 type=policy_blocked retry-after=1 should-retry=false message=No, not this = that';
    const response = await createSimulation().say('hi', {}, { simulate });
    expect(await errorOf(response)).toEqual({
      status: 400,
      type: 'policy_blocked',
      message: 'No, not this = that',
    });
    expect(headerOf(response.headers, 'retry-after')).toBe('1');
    expect(headerOf(response.headers, 'x-should-retry')).toBe('false');
  });

  it('in the header also applies to the other endpoints', async () => {
    const { ask } = createSimulation();
    for (const path of ['/v1/messages/count_tokens', '/v1/models']) {
      expect((await ask({ path, simulate: 'status=529' })).status).toBe(529);
    }
  });

  it('with times and key fails that often for the key', async () => {
    const { say } = createSimulation();
    const statuses: number[] = [];
    for (const key of ['a', 'a', 'b', 'a', 'b', 'b', 'a']) {
      statuses.push((await say(`hi [[simulate: status=529 times=2 key=${key}]]`)).status);
    }
    expect(statuses).toEqual([529, 529, 529, 200, 529, 200, 200]);
  });

  it('forgets the oldest keys to bound its memory', async () => {
    const { say } = createSimulation();
    const fail = async (key: string) =>
      (await say('hi', {}, { simulate: `status=500 times=1 key=${key}` })).status;
    for (let index = 0; index < 1_001; index += 1) await fail(`key-${index}`);
    expect(await fail('key-1000')).toBe(200);
    expect(await fail('key-0')).toBe(500);
  });
});

describe('tool', () => {
  it('calls the tool with an input that may contain spaces and brackets', async () => {
    const { say } = createSimulation();
    for (const response of [
      await say(`go [[simulate: ${WORLD_PAIRS}]]`),
      await say('go', {}, { simulate: WORLD_PAIRS }),
    ]) {
      expect(await jsonOf(response)).toMatchObject({
        content: [WORLD_CALL],
        stop_reason: 'tool_use',
      });
    }
  });

  it('streams the input in fragments of seven characters', async () => {
    const response = await createSimulation().say(`[[simulate: ${WORLD_PAIRS}]]`, { stream: true });
    const events = await eventsOf(response);
    const fragments = events.flatMap(({ delta }) => {
      const part = (delta as { partial_json?: string } | undefined)?.partial_json;
      return part === undefined ? [] : [part];
    });
    expect(fragments.slice(0, -1).every((fragment) => fragment.length === 7)).toBe(true);
    expect(fragments.join('')).toBe(JSON.stringify(WORLD_CALL.input));
    expect(accumulate(events)).toMatchObject({ content: [WORLD_CALL], stop_reason: 'tool_use' });
  });

  it('may be preceded by a text and needs no input', async () => {
    const { content } = await jsonOf(
      await createSimulation().say('[[simulate: tool=Ls text=Let me look.]]'),
    );
    expect(content).toMatchObject([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', name: 'Ls', input: {} },
    ]);
  });

  it('is not repeated after its result, even if a header asks for it on every turn', async () => {
    const { say } = createSimulation();
    const messages = [
      { role: 'user', content: `[[simulate: ${WORLD_PAIRS}]]` },
      { role: 'assistant', content: [{ ...WORLD_CALL, id: 'toolu_1' }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'hey' }] },
    ];
    const response = await jsonOf(await say('', { messages }, { simulate: WORLD_PAIRS }));
    expect(response).toMatchObject({
      content: [{ type: 'text', text: 'The tool said: hey' }],
      stop_reason: 'end_turn',
    });
  });
});

describe('the response directives', () => {
  it('text sets the response text', async () => {
    const { content } = await jsonOf(
      await createSimulation().say('[[simulate: split=2 text= a = b  {c} ]] and more'),
    );
    expect(content).toEqual([{ type: 'text', text: ' a = b  {c} ' }]);
  });

  it('words sets the number of words, always the same', async () => {
    const { say } = createSimulation();
    const first = await jsonOf(await say('[[simulate: words=50]]'));
    const again = await jsonOf(await say('[[simulate: words=50]]'));
    expect(withoutIds(first)).toEqual(withoutIds(again));
    const [{ text } = { text: '' }] = first['content'] as { text: string }[];
    expect(text.split(' ')).toHaveLength(50);
  });

  it('split sets the chars per delta, and splits no code point', async () => {
    const response = await createSimulation().say(
      '',
      { stream: true },
      { simulate: 'split=2 text=ab🙂de' },
    );
    const texts = (await eventsOf(response)).flatMap(({ delta }) => {
      const text = (delta as { text?: string } | undefined)?.text;
      return text === undefined ? [] : [text];
    });
    expect(texts).toEqual(['ab', '🙂d', 'e']);
  });

  it('unknown adds an event, a block and a delta of unknown types', async () => {
    const { say } = createSimulation();
    const events = await eventsOf(await say('hi [[simulate: unknown]]', { stream: true }));
    expect(events).toContainEqual({ type: 'x_simulated_event', note: 'pass me on' });
    expect(events).toContainEqual({
      type: 'content_block_delta',
      index: 1,
      delta: { type: 'x_simulated_delta', note: 'pass me on' },
    });
    const buffered = await jsonOf(await say('hi [[simulate: unknown]]'));
    expect(buffered['content']).toMatchObject([{ type: 'text' }, { type: 'x_simulated_block' }]);
    expect(withoutIds(accumulate(events))).toEqual(withoutIds(buffered));
  });
});
