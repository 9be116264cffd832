// A whole request with a recognizer: what is sent to it, and what becomes of its findings.

import { afterEach, describe, expect, it } from 'vitest';
import { createRecognizer } from '../../../shared/privacy/recognizer.ts';
import { recognizerRules } from '../../../shared/privacy/recognizer/rules.ts';
import { systemClock } from '../../../shared/runtime/clock.ts';
import { startFakePresidio, type FakeOptions, type FakePresidio } from '../../kit/fake-presidio.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';

const NAMES = {
  'Ann Lee': 'PERSON',
  'Bob Ray': 'PERSON',
  Springfield: 'LOCATION',
  'Acme Widgets': 'ORGANIZATION',
  '1 May 1980': 'DATE_TIME',
};

let server: FakePresidio;
afterEach(() => server[Symbol.asyncDispose]());

async function scrubber(rules: object = {}, options: FakeOptions = {}) {
  server = await startFakePresidio({ names: NAMES, ...options });
  const parsed = recognizerRules.parse({ url: server.url, ...rules });
  return scrubbing({ recognize: createRecognizer(parsed, systemClock) });
}

const said = (...texts: string[]) =>
  JSON.stringify({
    model: 'm',
    messages: texts.map((content, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content,
    })),
  });

describe('names that a recognizer finds', () => {
  it('have labels that say what they are', async () => {
    const scrub = await scrubber({ entities: ['PERSON', 'LOCATION', 'ORGANIZATION', 'DATE_TIME'] });
    const { text } = await scrub(
      said('Ann Lee of Acme Widgets in Springfield, there since 1 May 1980, ann.lee@corp-mail.org'),
    );
    expect(tokensIn(text).map((token) => token.replace(/_[^_]*$/, ''))).toEqual([
      'PII_NAME',
      'PII_ORG',
      'PII_LOCATION',
      'PII_DATE',
      'PII_EMAIL',
    ]);
  });

  it('keep dates unless the operator asks for them', async () => {
    const scrub = await scrubber();
    const { text } = await scrub(said('Ann Lee came here on 1 May 1980.'));
    expect(text).toMatch(/PII_NAME_[a-z2-7]{8} came here on 1 May 1980\./);
  });

  it.each([
    [{ score_min: 0.9 }, 0],
    [{ scores: { PERSON: 0.9 } }, 1],
    [{ score_min: 0.9, scores: { PERSON: 0.8, LOCATION: 0.8 } }, 2],
    [{ entities: ['LOCATION'] }, 1],
  ])('are taken by their score and kind with the rules %j', async (rules, count) => {
    const scrub = await scrubber(rules);
    const { text } = await scrub(said('Ann Lee lives in Springfield.'));
    expect(tokensIn(text)).toHaveLength(count);
  });

  it('are the same on each turn, and only new texts are sent', async () => {
    const scrub = await scrubber();
    const first = said('I am Ann Lee.', 'Hello Ann Lee, how is Springfield?');
    const turns = ['I am Ann Lee.', 'Hello Ann Lee, how is Springfield?', 'Well. Bob Ray agrees.'];
    const { text: before } = await scrub(first);
    expect(server.calls.flat()).toHaveLength(2);
    const { text: after } = await scrub(said(...turns));
    expect(server.calls.flat()).toHaveLength(3);
    expect(after.startsWith(before.slice(0, -2))).toBe(true);
    const fresh = await scrubbing({
      recognize: createRecognizer(recognizerRules.parse({ url: server.url }), systemClock),
    })(said(...turns));
    expect(fresh.text).toBe(after);
  });

  it('of many texts are asked for at the same time, within the bound', async () => {
    const scrub = await scrubber(
      { concurrency: 3 },
      {
        // Each call waits until another has come, so one after another would not end.
        wait: (call) =>
          expect.poll(() => server.calls.length).toBeGreaterThan(Math.min(call + 1, 38)),
      },
    );
    const texts = Array.from({ length: 40 }, (_, index) => `Text ${index} is by Ann Lee.`);
    const { text } = await scrub(said(...texts, ...texts));
    expect(tokensIn(text)).toHaveLength(80);
    expect(server.calls).toHaveLength(40);
    expect(server.openMax).toBe(3);
  });

  it('do not damage code', async () => {
    const scrub = await scrubber(
      {},
      {
        names: {
          ...NAMES,
          AssertionError: 'PERSON',
          '42': 'DATE_TIME',
          src: 'ORGANIZATION',
          Foo: 'PERSON',
        },
      },
    );
    const code = [
      'Ann Lee sees AssertionError in /src/Foo.ts, line 42:',
      '```py',
      'raise AssertionError("Ann Lee", 42)',
      '```',
      '  at Foo.bar (/src/Foo.ts:42:1)',
      'Run `Foo 42`.',
    ].join('\n');
    const { text } = await scrub(said(code));
    expect(JSON.parse(text).messages[0].content).toBe(
      code.replaceAll('Ann Lee', tokensIn(text)[0] ?? ''),
    );
  });

  it('that overlap are replaced as a whole, whatever their order', async () => {
    const found = [
      { entity_type: 'PERSON', start: 0, end: 7, score: 0.6 },
      { entity_type: 'LOCATION', start: 4, end: 14, score: 0.9 },
      { entity_type: 'PERSON', start: 0, end: 3, score: 0.9 },
      { entity_type: 'ORGANIZATION', start: 4, end: 14, score: 0.9 },
    ];
    const orders = [found, found.toReversed(), [...found.slice(2), ...found.slice(0, 2)]];
    const texts: string[] = [];
    for (const order of orders) {
      const scrub = await scrubber({}, { reply: () => ({ body: JSON.stringify(order) }) });
      texts.push((await scrub(said('Ann Lee Berlin was here.'))).text);
      await server[Symbol.asyncDispose]();
    }
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).not.toMatch(/Ann|Lee|Berlin/);
  });
});
