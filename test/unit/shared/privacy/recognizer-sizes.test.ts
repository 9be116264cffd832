// Texts of real sizes against an analyzer that is slow, fails, lies or is cut off.

import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../../kit/fake-clock.ts';
import { startFakePresidio, type Reply, type FakeOptions } from '../../../kit/fake-presidio.ts';
import { recognizing, type Found } from '../../../kit/recognizing.ts';
import { pick, seeded } from '../../../kit/seeded.ts';

const stack: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of stack.splice(0)) await each[Symbol.asyncDispose]();
});

async function analyzer(options: FakeOptions) {
  const server = await startFakePresidio(options);
  stack.push(server);
  return server;
}

const NAMES = {
  'Ann Lee': 'PERSON',
  'Zoë Müller': 'PERSON',
  'Ольга Иванова': 'PERSON',
  𠮷田太郎: 'PERSON',
  'São Paulo': 'LOCATION',
  'Acme Widgets': 'ORGANIZATION',
};
const FILLER = [
  'The meeting went well and everybody agreed on the plan.',
  'Wir haben das gestern noch einmal besprochen 😀 und beschlossen.',
  'Please send the report before noon; the numbers are on page 4.',
];

/** Prose of about `chars` characters, and the names in it in their order. */
function letter(chars: number, separator: string): { text: string; expected: Found } {
  const chance = seeded(chars);
  const sentences: string[] = [];
  const expected: (readonly [string, string])[] = [];
  for (let length = 0; length < chars;) {
    const [name, entity] = pick(chance, Object.entries(NAMES));
    const isNamed = chance(4) === 0;
    const sentence = isNamed ? `Yesterday ${name} wrote to us.` : pick(chance, FILLER);
    if (isNamed) expected.push([entity, name]);
    sentences.push(sentence);
    length += sentence.length + separator.length;
  }
  return { text: sentences.join(separator), expected };
}

describe('a text', () => {
  it.each([
    ['10 KB of lines', 10_000, '\n'],
    ['100 KB of paragraphs', 100_000, '\n\n'],
    ['100 KB in one line', 100_000, ' '],
    ['1 MB of lines', 999_000, '\n'],
  ])('of %s is searched to its end, each name once', async (_, chars, separator) => {
    const server = await analyzer({ names: NAMES });
    const { text, expected } = letter(chars, separator);
    expect(await recognizing({ url: server.url })(text)).toEqual(expected);
    const texts = server.calls.flat();
    expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(4_000);
    const sent = texts.reduce((sum, { length }) => sum + length, 0);
    expect(sent).toBeLessThan(text.length * 1.1 + 1_000);
    for (const call of server.calls) {
      expect(call.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(16_000);
    }
    expect(server.openMax).toBeLessThanOrEqual(2);
  });

  it('of 30 MB is refused with the bound, before any call', async () => {
    const server = await analyzer({ names: NAMES });
    const text = 'Ann Lee was here.\n'.repeat(1_700_000);
    await expect(recognizing({ url: server.url })(text)).rejects.toMatchObject({
      code: 'request_too_large',
      message: expect.stringContaining('1,000,000 characters that the recognizer of names'),
    });
    expect(server.calls).toEqual([]);
  });

  it('beyond the bound passes without a call where the rules say so', async () => {
    const server = await analyzer({ names: NAMES });
    const find = recognizing({ url: server.url, text_chars_max: 1_000, oversize: 'pass' });
    expect(await find('Ann Lee was here.\n'.repeat(100))).toEqual([]);
    expect(server.calls).toEqual([]);
    expect(await find('Ann Lee was here.\n')).toEqual([['PERSON', 'Ann Lee']]);
  });

  it.each([
    ['30 MB of fenced code', `\`\`\`ts\n${'const Ann = Lee;\n'.repeat(1_800_000)}\`\`\`\nAnn Lee`],
    ['30 MB of base64', `${'QW5uIExlZSBpcyBo'.repeat(1_900_000)}\nAnn Lee`],
  ])('with %s does not count that as prose', async (_, text) => {
    const server = await analyzer({ names: NAMES });
    expect(await recognizing({ url: server.url })(text)).toEqual([['PERSON', 'Ann Lee']]);
    expect(server.calls.flat().join('').length).toBeLessThan(500);
  });

  it('has the same findings whatever was searched before, and in one window or many', async () => {
    const server = await analyzer({ names: NAMES });
    const { text, expected } = letter(12_000, '\n');
    for (const windowChars of [200, 777, 4_000, 20_000]) {
      const find = recognizing({ url: server.url, window_chars: windowChars });
      await find(letter(3_000, ' ').text);
      expect(await find(text)).toEqual(expected);
    }
  });

  it('is sent in the same calls each time', async () => {
    const server = await analyzer({ names: NAMES });
    const find = recognizing({ url: server.url });
    const { text } = letter(60_000, '\n');
    await find(text);
    const first = server.calls.map((call) => call.join('\0')).toSorted();
    await Promise.all([find(letter(9_000, '\n').text), find(text)]);
    const all = server.calls.map((call) => call.join('\0'));
    expect(all.slice(first.length)).toEqual(expect.arrayContaining(first));
  });
});

describe('an analyzer that fails', () => {
  const person = (start: unknown, end: unknown, rest: object = { score: 0.9 }) =>
    JSON.stringify([{ entity_type: 'PERSON', start, end, ...rest }]);
  const REPLIES: Readonly<Record<string, Reply>> = {
    'an error': { status: 500, body: '{"error":"Ann Lee"}' },
    'a redirect': { status: 307, body: '', location: 'http://127.0.0.1:9/' },
    'no JSON': { body: '<html>' },
    'half of its JSON': { body: '[{"entity_type":"PERSON","start":0,' },
    'no list': { body: '{}' },
    'a list for each text though it got one': { body: '[[]]' },
    'no offsets': { body: '[{"entity_type":"PERSON","score":1}]' },
    'an offset past the end': { body: person(0, 10_000) },
    'a start past the end': { body: person(20_000, 20_001) },
    'a negative offset': { body: person(-1, 4) },
    'offsets in the wrong order': { body: person(4, 0) },
    'an empty range': { body: person(4, 4) },
    fractions: { body: person(0.5, 4) },
    'offsets as text': { body: person('0', '4') },
    'no score': { body: person(0, 4, {}) },
    'a score beyond 1': { body: person(0, 4, { score: 7 }) },
    'an entity that is no text': {
      body: JSON.stringify([{ entity_type: 7, start: 0, end: 4, score: 1 }]),
    },
    'more than a megabyte': { body: `[${' '.repeat(1_100_000)}]` },
    'a closed connection': 'drop',
  };

  it.each(Object.entries(REPLIES))('with %s fails the request by name', async (_, reply) => {
    const server = await analyzer({ reply: () => reply });
    const failure = recognizing({ url: server.url })('Yesterday Ann Lee was here.');
    await expect(failure).rejects.toMatchObject({
      code: 'recognizer_failed',
      status: 503,
      message: expect.not.stringContaining('Ann'),
    });
  });

  it('in one of many calls fails the text, and the others are stopped', async () => {
    const released = Promise.withResolvers<void>();
    const server = await analyzer({
      wait: (call) => (call === 0 ? released.promise : Promise.resolve()),
      reply: (call) => (call > 0 ? { status: 500, body: '' } : undefined),
    });
    const { text } = letter(200_000, '\n');
    await expect(recognizing({ url: server.url })(text)).rejects.toMatchObject({
      code: 'recognizer_failed',
    });
    await expect.poll(() => server.abandoned).toBe(1);
    // The list that failed, and its first text alone, as older analyzers take no lists.
    expect(server.calls).toHaveLength(3);
    released.resolve();
  });

  it('with fewer lists than texts fails the request', async () => {
    const server = await analyzer({ reply: () => ({ body: '[[]]' }) });
    await expect(recognizing({ url: server.url })(letter(9_000, '\n').text)).rejects.toMatchObject({
      code: 'recognizer_failed',
    });
  });

  it.each<[string, Reply]>([
    ['an error', { status: 500, body: '{"error":"expected string"}' }],
    ['an empty list', { body: '[]' }],
    ['no JSON', { body: 'oops' }],
  ])('with %s for a list of texts is asked about each text', async (_, reply) => {
    const server = await analyzer({
      names: NAMES,
      reply: (__, texts) => (texts.length > 1 ? reply : undefined),
    });
    const { text, expected } = letter(30_000, '\n');
    const find = recognizing({ url: server.url, concurrency: 1 });
    expect(await find(text)).toEqual(expected);
    expect(await find(text)).toEqual(expected);
    expect(server.calls.filter((call) => call.length > 1)).toHaveLength(1);
  });

  it('is asked once more where it has just closed the connection', async () => {
    const server = await analyzer({
      names: NAMES,
      reply: (call) => (call === 0 ? 'drop' : undefined),
    });
    const find = recognizing({ url: server.url });
    expect(await find('Yesterday Ann Lee was here.')).toEqual([['PERSON', 'Ann Lee']]);
  });

  it('is left alone for two seconds after five failures, and then asked once', async () => {
    const clock = createFakeClock();
    let isDown = true;
    const server = await analyzer({
      names: NAMES,
      reply: () => (isDown ? { status: 500, body: '' } : undefined),
    });
    const find = recognizing({ url: server.url }, clock);
    const fail = () => expect(find('Ann Lee is here')).rejects.toThrow('recognizer of names');
    for (let failures = 0; failures < 5; failures += 1) await fail();
    await fail();
    expect(server.calls).toHaveLength(5);
    clock.advance(2_000);
    await fail();
    expect(server.calls).toHaveLength(6);
    await fail();
    expect(server.calls).toHaveLength(6);
    isDown = false;
    clock.advance(2_000);
    expect(await find('Ann Lee is here')).toEqual([['PERSON', 'Ann Lee']]);
    expect(await find('So is Ann Lee.')).toEqual([['PERSON', 'Ann Lee']]);
  });
});

describe('an analyzer that is slow', () => {
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'none',
      ({ code }: { code: string }) => code,
    );

  /** Advances the clock once a call has arrived. */
  async function waitFor(condition: () => boolean): Promise<void> {
    await expect.poll(condition).toBe(true);
  }

  it('has more time for a longer call', async () => {
    const clock = createFakeClock();
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const server = await analyzer({
      names: NAMES,
      wait: (call) => gates[call]?.promise ?? Promise.resolve(),
    });
    const find = recognizing(
      { url: server.url, deadline_ms: 100, deadline_ms_per_1000_chars: 100 },
      clock,
    );
    const long = find(`Ann Lee. ${'All went well and on it went. '.repeat(100)}`);
    await waitFor(() => server.calls.length === 1);
    clock.advance(390);
    gates[0]?.resolve();
    expect(await long).toEqual([['PERSON', 'Ann Lee']]);
    const short = codeOf(find('Ann Lee is here.'));
    await waitFor(() => server.calls.length === 2);
    clock.advance(390);
    expect(await short).toBe('recognizer_failed');
    gates[1]?.resolve();
  });

  it('has less time for a text in all than its stage, so that the error names it', async () => {
    const clock = createFakeClock();
    const server = await analyzer({ wait: () => new Promise(() => {}) });
    const find = recognizing({ url: server.url, deadline_ms: 60_000 }, clock);
    const failure = codeOf(find('Ann Lee is here.'));
    await waitFor(() => server.calls.length === 1);
    clock.advance(25_000);
    expect(await failure).toBe('recognizer_failed');
  });

  it('replies a short text while a long one keeps it busy', async () => {
    const gate = Promise.withResolvers<void>();
    const server = await analyzer({
      names: NAMES,
      wait: (call) => (call < 2 ? gate.promise : Promise.resolve()),
    });
    const find = recognizing({ url: server.url });
    const long = find(letter(100_000, '\n').text);
    await waitFor(() => server.calls.length === 2);
    expect(await find('So is Ann Lee.')).toEqual([['PERSON', 'Ann Lee']]);
    gate.resolve();
    await long;
  });

  it('gets no further calls of a request that was cancelled, and its reason is thrown', async () => {
    const server = await analyzer({ wait: () => new Promise(() => {}) });
    const caller = new AbortController();
    const find = recognizing({ url: server.url });
    const failure = find(letter(200_000, '\n').text, caller.signal).catch(String);
    await waitFor(() => server.calls.length === 2);
    caller.abort(new Error('the client left'));
    expect(await failure).toContain('the client left');
    await expect.poll(() => server.abandoned).toBe(2);
    expect(server.calls).toHaveLength(2);
  });
});

describe('offsets', () => {
  const TEXT = '😀 𝒳 Zoë Müller und 𠮷田太郎, 👩‍👩‍👧 Ann Lee 😀';
  const EXPECTED = [
    ['PERSON', 'Zoë Müller'],
    ['PERSON', '𠮷田太郎'],
    ['PERSON', 'Ann Lee'],
  ];

  it.each(['code_points', 'utf16'] as const)('in %s find the names', async (offsets) => {
    const server = await analyzer({ names: NAMES, offsets });
    expect(await recognizing({ url: server.url, offsets })(TEXT)).toEqual(EXPECTED);
  });

  it('survive half a surrogate pair', async () => {
    const server = await analyzer({ names: NAMES });
    const text = `\udc00 Ann Lee \ud83d`;
    expect(await recognizing({ url: server.url })(text)).toEqual([['PERSON', 'Ann Lee']]);
    expect(server.calls.flat()[0]?.isWellFormed()).toBe(true);
  });

  it('in UTF-16 that cut a pair cover all of it', async () => {
    const found = [{ entity_type: 'PERSON', start: 5, end: 9, score: 1 }];
    const server = await analyzer({ reply: () => ({ body: JSON.stringify(found) }) });
    const find = recognizing({ url: server.url, offsets: 'utf16' });
    expect(await find('Ich: 𠮷田𠮷 kam.')).toEqual([['PERSON', '𠮷田𠮷']]);
  });
});
