// Rule scopes: parts of a conversation, its latest turn, and Claude Code's reminders in user turns.

import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { splice } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { compiled, policiesOf, words } from '../../kit/policies.ts';
import { confirm } from '../../kit/permits.ts';

async function scrubbed(scope: object, body: unknown, action = 'block') {
  const policy = compiled([{ id: 'a', scope, match: words('secret'), action }]);
  const ports = {
    policies: policiesOf(policy),
    clock: createFakeClock(),
    limits,
    onError: () => {},
  };
  const text = JSON.stringify(body);
  const outcome = await createPolicy(ports)(requestMessage({}, Buffer.from(text)), {
    signal: new AbortController().signal,
    confirm,
  });
  return outcome.kind === 'pass' ? splice(text, outcome.edits ?? []) : outcome.kind;
}

async function hits(scope: object, body: unknown): Promise<boolean> {
  return (await scrubbed(scope, body)) === 'refuse';
}

const block = (fields: object) => ({ messages: [{ role: 'user', content: [fields] }] });
const SAID = { messages: [{ role: 'user', content: 'secret' }] };
const PLACES: Readonly<Record<string, unknown>> = {
  system: { system: 'secret', messages: [] },
  user: SAID,
  reminder: { messages: [{ role: 'user', content: '<system-reminder>secret</system-reminder>' }] },
  assistant: { messages: [{ role: 'assistant', content: 'secret' }] },
  tool_use: block({ type: 'tool_use', name: 'x', input: { a: 'secret' } }),
  tool_result: block({ type: 'tool_result', content: 'secret' }),
  document: block({ type: 'document', source: { type: 'text', data: 'secret' } }),
  tools: { tools: [{ name: 'x', description: 'secret' }], messages: [] },
  other: { metadata: { note: 'secret' }, messages: [] },
};

describe('the scope of a rule', () => {
  it.each(Object.keys(PLACES))('can be the part %s alone', async (part) => {
    for (const [place, body] of Object.entries(PLACES)) {
      expect([place, await hits({ parts: [part] }, body)]).toEqual([place, place === part]);
    }
  });

  it('is everything if it names no part', async () => {
    for (const body of Object.values(PLACES)) expect(await hits({}, body)).toBe(true);
  });

  describe('with reminders', () => {
    const REMINDER = '<system-reminder>\nsecret\n</system-reminder>';
    const content = (text: string) => ({ messages: [{ role: 'user', content: text }] });

    it.each([
      [`${REMINDER}hello`, ['user'], false],
      [`${REMINDER}secret`, ['user'], true],
      [`secret${REMINDER}`, ['user'], true],
      [`${REMINDER}hello${REMINDER}`, ['user'], false],
      [`${REMINDER}hello`, ['reminder'], true],
      ['<system-reminder>hello</system-reminder>secret', ['reminder'], false],
      ['<system-reminder>secret', ['user'], true],
      ['<system-reminder>secret', ['reminder'], false],
      ['secret</system-reminder>', ['user'], true],
      ['sec<system-reminder>x</system-reminder>ret', ['user', 'reminder'], false],
    ])('reads %j for %j: %s', async (text, parts, is) => {
      expect(await hits({ parts }, content(text))).toBe(is);
    });

    it('ignores one inside a tool result', async () => {
      const body = block({ type: 'tool_result', content: REMINDER });
      expect(await hits({ parts: ['tool_result'] }, body)).toBe(true);
      expect(await hits({ parts: ['reminder'] }, body)).toBe(false);
    });

    it('redacts at the right place', async () => {
      const text = `secret ${REMINDER} and secret`;
      const redacted = `[REDACTED_A] ${REMINDER} and [REDACTED_A]`;
      const user = { parts: ['user'] };
      expect(await scrubbed(user, content(text), 'redact')).toBe(JSON.stringify(content(redacted)));
    });
  });

  describe('of the latest turn', () => {
    const turn = (...messages: readonly (readonly [role: string, text: string])[]) => ({
      system: 'be nice',
      messages: messages.map(([role, text]) => ({ role, content: text })),
    });

    it.each([
      [true, turn(['user', 'secret'])],
      [false, turn(['user', 'secret'], ['assistant', 'ok'], ['user', 'go on'])],
      [true, turn(['user', 'x'], ['assistant', 'ok'], ['user', 'secret'])],
      [true, turn(['user', 'x'], ['assistant', 'ok'], ['user', 'secret'], ['system', 'env'])],
      [true, turn(['user', 'x'], ['assistant', 'ok'], ['user', 'y'], ['user', 'secret'])],
      [true, turn(['user', 'secret'], ['assistant', 'so far'])],
      [true, turn(['user', 'go'], ['assistant', 'secret'])],
      [false, turn(['assistant', 'secret'], ['user', 'x'])],
      [false, { ...turn(['user', 'x']), system: 'secret' }],
    ])('%s: %j', async (is, body) => {
      expect(await hits({ latest_turn_only: true }, body)).toBe(is);
    });
  });
});

describe('a rule for some models', () => {
  const advisor = { type: 'advisor_20260301', name: 'advisor', model: 'other' };
  it.each([
    ['the requested model', { model: 'other' }, 'refuse'],
    ['another model', { model: 'm' }, 'pass'],
    ['a fallback', { model: 'm', fallbacks: [{ model: 'other' }] }, 'refuse'],
    ['an advisor', { model: 'm', tools: [advisor] }, 'refuse'],
    ['a fallback by name', { model: 'm', fallbacks: ['other'] }, 'refuse'],
    ['what the upstream chooses', { model: 'm', fallbacks: 'default' }, 'refuse'],
  ])('judges a request by %s', async (_, fields, kind) => {
    const rule = { id: 'a', when: { models: ['other'] }, match: words('secret'), action: 'block' };
    const ports = {
      policies: policiesOf(compiled([rule])),
      clock: createFakeClock(),
      limits,
      onError: () => {},
    };
    const body = Buffer.from(JSON.stringify({ ...fields, ...SAID }));
    const message = requestMessage({ model: fields.model }, body);
    const signal = new AbortController().signal;
    expect((await createPolicy(ports)(message, { signal, confirm })).kind).toBe(kind);
  });
});
