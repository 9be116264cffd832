// The policy worker as a stage: what it does to a message.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { HeldBody } from '../../../shared/protocol/body.ts';
import { splice } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { editedBody, parseRequest } from '../../../shared/anthropic/parsed-request.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { compiled, policiesOf, words } from '../../kit/policies.ts';
import { checkProperty } from '../../kit/properties.ts';

const CONTEXT = { signal: new AbortController().signal };

function stageName(policy: Policy) {
  const faults: unknown[] = [];
  const stage = createPolicy({
    policies: policiesOf(policy),
    clock: createFakeClock(),
    limits,
    onError: (error) => void faults.push(error),
  });
  const judge = async (body: string, meta: object = {}) => {
    const given = requestMessage(meta, Buffer.from(body));
    return await stage(given, CONTEXT);
  };
  /** The body that goes on; undefined where none does. */
  const passed = async (body: string, meta: object = {}) => {
    const outcome = await judge(body, meta);
    return outcome.kind === 'pass' ? splice(body, outcome.edits ?? []) : undefined;
  };
  return { stage, judge, passed, faults };
}

function said(...texts: readonly string[]): string {
  const messages = texts.map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return JSON.stringify({ model: 'm', max_tokens: 9, messages });
}

describe('the policy stage', () => {
  it('passes a letter on without reading its body where nothing is ruled', async () => {
    const { meta } = requestMessage();
    const body = { size: 1, read: () => Promise.reject(new Error('read')) };
    const { stage } = stageName(
      compiled([{ id: 'a', on: 'response', match: words('x'), action: 'flag' }]),
    );
    expect(await stage({ meta, body }, CONTEXT)).toEqual({
      kind: 'pass',
      annotations: { policy: 'default@test' },
    });
  });

  it('fails on a body that it cannot read', async () => {
    const { stage } = stageName(compiled([{ id: 'a', match: words('x'), action: 'flag' }]));
    const given = { meta: requestMessage().meta, body: new HeldBody(Buffer.from('{"messages":')) };
    await expect(stage(given, CONTEXT)).rejects.toThrow(/JSON/);
  });

  it('lets block win over redact, and redact over flag, in whatever order they stand', async () => {
    const rules = [
      { id: 'flags', match: words('one'), action: 'flag' },
      { id: 'blocks', match: words('two'), action: 'block' },
      { id: 'redacts', match: words('three'), action: 'redact' },
      { id: 'allows', match: words('one', 'two', 'three'), action: 'allow' },
    ];
    for (const order of [rules, rules.toReversed()]) {
      const { judge, passed } = stageName(compiled(order));
      expect(await judge(said('one two three'))).toMatchObject({
        kind: 'refuse',
        error: { code: 'policy_blocked', details: { rule: 'blocks' } },
      });
      expect(await passed(said('one three'))).toBe(said('one [REDACTED_REDACTS]'));
      expect(await passed(said('one'))).toBe(said('one'));
    }
  });

  it('reports all hits, with what would be done where it only monitors', async () => {
    const rules = [
      { id: 'a', match: words('one'), action: 'block' },
      { id: 'b', match: words('two'), action: 'redact' },
    ];
    const { judge } = stageName(compiled(rules, { mode: 'monitor' }));
    expect(await judge(said('one two'))).toEqual({
      kind: 'pass',
      annotations: { policy: 'default@test', policyHits: 'would-block:a would-redact:b' },
    });
  });

  it('changes nothing but what it redacts, also where a literal is full of escapes', async () => {
    const { passed } = stageName(
      compiled([{ id: 'a', match: words('blue falcon'), action: 'redact' }]),
    );
    const body = String.raw`{"n":1.0,"messages":[{"role":"user", "content":"\u00fc \"Blue\u0020Falcon\"\n\/ end"}],"n":12345678901234567890}`;
    expect(await passed(body)).toBe(
      String.raw`{"n":1.0,"messages":[{"role":"user", "content":"\u00fc \"[REDACTED_A]\"\n\/ end"}],"n":12345678901234567890}`,
    );
  });

  it('makes one word of matches of several rules that overlap', async () => {
    const rules = [
      { id: 'a', match: words('blue falcon'), action: 'redact' },
      { id: 'b', match: words('falcon nine'), action: 'redact' },
    ];
    const { passed } = stageName(compiled(rules));
    expect(await passed(said('a blue falcon nine.'))).toBe(said('a [REDACTED_A].'));
  });

  it('applies rules to those they are for', async () => {
    const when = { keys: ['k-*'], teams: ['support-*'], models: ['claude-*'] };
    const { judge } = stageName(compiled([{ id: 'a', when, match: words('x'), action: 'block' }]));
    const meta = { tenant: 'k-1', team: 'support-eu', model: 'claude-z' };
    expect((await judge(said('x'), meta)).kind).toBe('refuse');
    expect((await judge(said('x'), { ...meta, tenant: 'z' })).kind).toBe('pass');
    expect((await judge(said('x'), { ...meta, team: 'sales' })).kind).toBe('pass');
    expect((await judge(said('x'), { ...meta, model: 'gpt' })).kind).toBe('pass');
    const { team: _team, ...teamless } = meta;
    expect((await judge(said('x'), teamless)).kind).toBe('pass');
  });

  describe('with any, all and unless', () => {
    const rule = {
      id: 'a',
      match: {
        any: [{ type: 'keyword', words: ['apollo', 'falcon'] }],
        all: [
          { type: 'keyword', words: ['launch'] },
          { type: 'model', deny: ['m'] },
        ],
        unless: [{ type: 'keyword', words: ['press release'] }],
      },
      action: 'block',
    };
    it.each([
      ['refuse', 'launch of apollo'],
      ['refuse', 'falcon: launch'],
      ['pass', 'apollo'],
      ['pass', 'launch'],
      ['pass', 'the press release on the launch of apollo'],
      ['refuse', `launch of apollo ${'x '.repeat(200)} press release`],
      ['refuse', `press release ${'x '.repeat(200)} launch of apollo`],
    ])('%ss %s', async (kind, text) => {
      const { judge } = stageName(compiled([rule]));
      expect((await judge(said(text))).kind).toBe(kind);
    });

    it('wants all of it in one text', async () => {
      const { judge } = stageName(compiled([rule]));
      expect((await judge(said('apollo', 'yes', 'launch'))).kind).toBe('pass');
      expect((await judge(said('apollo', 'yes', 'apollo launch'))).kind).toBe('refuse');
    });

    it('does not hit where the request is another', async () => {
      const { judge } = stageName(compiled([rule]));
      expect((await judge(said('launch of apollo').replace('"m"', '"n"'))).kind).toBe('pass');
    });

    it('needs no text where the request says enough', async () => {
      const match = {
        any: [
          { type: 'model', deny: ['m'] },
          { type: 'keyword', words: ['x'] },
        ],
      };
      const { judge } = stageName(compiled([{ id: 'a', match, action: 'block' }]));
      expect((await judge(said('hello'))).kind).toBe('refuse');
      expect((await judge(said('x').replace('"m"', '"n"'))).kind).toBe('refuse');
      expect((await judge(said('hello').replace('"m"', '"n"'))).kind).toBe('pass');
    });
  });

  it('reads a text of the history once, and again when the policy is another', async () => {
    const read: string[] = [];
    const scan = (text: string) => {
      read.push(text);
      return [];
    };
    const match = { any: [{ type: 'entity', entities: ['EMAIL_ADDRESS'] }] };
    const rule = { id: 'a', match, action: 'block' };
    const history = 'a long text of the history '.repeat(20);
    const policies = policiesOf(compiled([rule], {}, { scan }));
    const stage = createPolicy({ policies, clock: createFakeClock(), limits, onError: () => {} });
    const ask = async (...texts: readonly string[]) => {
      read.length = 0;
      await stage(requestMessage({}, Buffer.from(said(...texts))), CONTEXT);
      return read.filter((text) => text === history).length;
    };
    expect(await ask(history)).toBe(1);
    expect(await ask(history, 'yes', 'go on')).toBe(0);
    policies.replace(new Map([['default', { ...compiled([rule], {}, { scan }), label: 'new' }]]));
    expect(await ask(history, 'yes', 'go on')).toBe(1);
  });

  it('does not scan again what the scrubber has found nothing in by the same scanner', async () => {
    const texts: string[] = [];
    const scan = (text: string) => {
      texts.push(text);
      return [];
    };
    const rule = {
      id: 'a',
      match: { any: [{ type: 'entity', entities: ['IBAN'] }] },
      action: 'block',
    };
    const scanner = {};
    const judged = async (by: object) => {
      const stage = createPolicy({
        policies: policiesOf(compiled([rule], {}, { scan })),
        scanner: by,
        clock: createFakeClock(),
        limits,
        onError: () => {},
      });
      const before = Buffer.from(
        said('all of it is clean', 'all of it is changed', 'not looked at'),
      );
      const read = parseRequest(before, limits);
      for (const span of read.textFields.texts.slice(0, 2)) read.textAt(span).noteClean(scanner);
      const start = read.text.indexOf('changed');
      const edits = [{ start, end: start + 'changed'.length, text: 'edited' }];
      await stage(requestMessage({}, editedBody(before, edits)), CONTEXT);
      return texts.splice(0);
    };
    expect(await judged(scanner)).toEqual(['all of it is edited', 'not looked at']);
    expect(await judged({})).toHaveLength(3);
  });

  it('lets the event loop breathe while it reads a large text', async () => {
    const clock = createFakeClock();
    const policy = compiled([{ id: 'a', match: words('never said'), action: 'block' }]);
    const stage = createPolicy({
      policies: policiesOf(policy),
      clock: { ...clock, monotonic: () => (clock.advance(5), clock.monotonic()) },
      limits,
      onError: () => {},
    });
    let turns = 0;
    let over = false;
    const turn = () => {
      turns += 1;
      if (!over) setImmediate(turn);
    };
    setImmediate(turn);
    await stage(requestMessage({}, Buffer.from(said('so much '.repeat(50_000)))), CONTEXT);
    over = true;
    expect(turns).toBeGreaterThan(10);
  });

  it('judges a text as if it were the first time, whatever it remembers', async () => {
    const rules = [
      {
        id: 'now',
        scope: { latest_turn_only: true, parts: ['user'] },
        match: words('heron'),
        action: 'redact',
      },
      { id: 'reminded', scope: { parts: ['reminder'] }, match: words('swift'), action: 'redact' },
      { id: 'model', scope: { parts: ['assistant'] }, match: words('swift'), action: 'redact' },
      { id: 'any', match: words('crane'), action: 'redact' },
    ];
    const TEXTS = [
      'the heron and the swift of the north',
      '<system-reminder>a swift and a heron</system-reminder> and a heron',
      'a crane that is \u00fcber all, and a heron',
      'no bird at all in here',
    ];
    const request = fc.array(fc.constantFrom(...TEXTS), { minLength: 1, maxLength: 5 });
    const policy = compiled(rules);
    await checkProperty(
      fc.asyncProperty(fc.array(request, { maxLength: 6 }), async (requests) => {
        const warm = stageName(policy);
        for (const texts of requests) {
          expect(await warm.passed(said(...texts))).toBe(
            await stageName(policy).passed(said(...texts)),
          );
        }
      }),
      { runs: 50 },
    );
  });
});
