import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { splice } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import type { Policy } from '../../../shared/policy/policy.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { requestBodyOf, requestMessage } from '../../kit/request-messages.ts';
import { compiled, policiesOf, words } from '../../kit/policies.ts';
import { checkProperty } from '../../kit/properties.ts';
import { confirm } from '../../kit/permits.ts';

const CONTEXT = { signal: new AbortController().signal, confirm };

function policyStage(policy: Policy) {
  const errors: unknown[] = [];
  const stage = createPolicy({
    policies: policiesOf(policy),
    clock: createFakeClock(),
    limits,
    onError: (error) => void errors.push(error),
  });
  const run = async (body: string, meta: object = {}) => {
    const message = requestMessage(meta, Buffer.from(body));
    return await stage(message, CONTEXT);
  };
  /** The body that is passed on, if any. */
  const passedBody = async (body: string, meta: object = {}) => {
    const outcome = await run(body, meta);
    return outcome.kind === 'pass' ? splice(body, outcome.edits ?? []) : undefined;
  };
  return { stage, run, passedBody, errors };
}

function requestBody(...texts: readonly string[]): string {
  const messages = texts.map((content, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return JSON.stringify({ model: 'm', max_tokens: 9, messages });
}

describe('the policy stage', () => {
  it('passes a request without reading its body if there are no rules', async () => {
    const { meta } = requestMessage();
    const body = { size: 1, read: () => Promise.reject(new Error('read')), dropParsed: () => {} };
    const { stage } = policyStage(
      compiled([{ id: 'a', on: 'response', match: words('x'), action: 'flag' }]),
    );
    expect(await stage({ meta, body }, CONTEXT)).toEqual({
      kind: 'pass',
      annotations: { policy: 'default@test' },
    });
  });

  it('fails on an invalid body', async () => {
    const { stage } = policyStage(compiled([{ id: 'a', match: words('x'), action: 'flag' }]));
    const message = {
      meta: requestMessage().meta,
      body: requestBodyOf('{"messages":'),
    };
    await expect(stage(message, CONTEXT)).rejects.toThrow(/JSON/);
  });

  it('prefers block over redact, and redact over flag, in any order', async () => {
    const rules = [
      { id: 'flags', match: words('one'), action: 'flag' },
      { id: 'blocks', match: words('two'), action: 'block' },
      { id: 'redacts', match: words('three'), action: 'redact' },
      { id: 'allows', match: words('one', 'two', 'three'), action: 'allow' },
    ];
    for (const order of [rules, rules.toReversed()]) {
      const { run, passedBody } = policyStage(compiled(order));
      expect(await run(requestBody('one two three'))).toMatchObject({
        kind: 'refuse',
        error: { code: 'policy_blocked', details: { rule: 'blocks' } },
      });
      expect(await passedBody(requestBody('one three'))).toBe(
        requestBody('one [REDACTED_REDACTS]'),
      );
      expect(await passedBody(requestBody('one'))).toBe(requestBody('one'));
    }
  });

  it('reports all hits, and in monitor mode what it would do', async () => {
    const rules = [
      { id: 'a', match: words('one'), action: 'block' },
      { id: 'b', match: words('two'), action: 'redact' },
    ];
    const { run } = policyStage(compiled(rules, { mode: 'monitor' }));
    expect(await run(requestBody('one two'))).toEqual({
      kind: 'pass',
      annotations: { policy: 'default@test', policyHits: 'would-block:a would-redact:b' },
    });
  });

  it('changes nothing but what it redacts, even in a literal full of escapes', async () => {
    const { passedBody } = policyStage(
      compiled([{ id: 'a', match: words('blue falcon'), action: 'redact' }]),
    );
    const body = String.raw`{"n":1.0,"messages":[{"role":"user", "content":"\u00fc \"Blue\u0020Falcon\"\n\/ end"}],"n":12345678901234567890}`;
    expect(await passedBody(body)).toBe(
      String.raw`{"n":1.0,"messages":[{"role":"user", "content":"\u00fc \"[REDACTED_A]\"\n\/ end"}],"n":12345678901234567890}`,
    );
  });

  it('merges overlapping matches of several rules into one marker', async () => {
    const rules = [
      { id: 'a', match: words('blue falcon'), action: 'redact' },
      { id: 'b', match: words('falcon nine'), action: 'redact' },
    ];
    const { passedBody } = policyStage(compiled(rules));
    expect(await passedBody(requestBody('a blue falcon nine.'))).toBe(
      requestBody('a [REDACTED_A].'),
    );
  });

  it('applies rules only to their callers', async () => {
    const when = { keys: ['k-*'], teams: ['support-*'], models: ['claude-*'] };
    const { run } = policyStage(compiled([{ id: 'a', when, match: words('x'), action: 'block' }]));
    const meta = { tenant: 'k-1', team: 'support-eu', model: 'claude-z' };
    expect((await run(requestBody('x'), meta)).kind).toBe('refuse');
    expect((await run(requestBody('x'), { ...meta, tenant: 'z' })).kind).toBe('pass');
    expect((await run(requestBody('x'), { ...meta, team: 'sales' })).kind).toBe('pass');
    expect((await run(requestBody('x'), { ...meta, model: 'gpt' })).kind).toBe('pass');
    const { team: _team, ...teamless } = meta;
    expect((await run(requestBody('x'), teamless)).kind).toBe('pass');
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
      const { run } = policyStage(compiled([rule]));
      expect((await run(requestBody(text))).kind).toBe(kind);
    });

    it('requires all of it in one text', async () => {
      const { run } = policyStage(compiled([rule]));
      expect((await run(requestBody('apollo', 'yes', 'launch'))).kind).toBe('pass');
      expect((await run(requestBody('apollo', 'yes', 'apollo launch'))).kind).toBe('refuse');
    });

    it('does not hit other requests', async () => {
      const { run } = policyStage(compiled([rule]));
      expect((await run(requestBody('launch of apollo').replace('"m"', '"n"'))).kind).toBe('pass');
    });

    it('needs no text if the request facts suffice', async () => {
      const match = {
        any: [
          { type: 'model', deny: ['m'] },
          { type: 'keyword', words: ['x'] },
        ],
      };
      const { run } = policyStage(compiled([{ id: 'a', match, action: 'block' }]));
      expect((await run(requestBody('hello'))).kind).toBe('refuse');
      expect((await run(requestBody('x').replace('"m"', '"n"'))).kind).toBe('refuse');
      expect((await run(requestBody('hello').replace('"m"', '"n"'))).kind).toBe('pass');
    });
  });

  it('reads a text of the history once per policy', async () => {
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
      await stage(requestMessage({}, Buffer.from(requestBody(...texts))), CONTEXT);
      return read.filter((text) => text === history).length;
    };
    expect(await ask(history)).toBe(1);
    expect(await ask(history, 'yes', 'go on')).toBe(0);
    policies.replace(new Map([['default', { ...compiled([rule], {}, { scan }), label: 'new' }]]));
    expect(await ask(history, 'yes', 'go on')).toBe(1);
  });

  it('does not rescan texts that the scrubber found clean with the same scanner', async () => {
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
    const scrubbed = async (by: object) => {
      const stage = createPolicy({
        policies: policiesOf(compiled([rule], {}, { scan })),
        scanner: by,
        clock: createFakeClock(),
        limits,
        onError: () => {},
      });
      const before = requestBodyOf(
        requestBody('all of it is clean', 'all of it is changed', 'not looked at'),
      );
      const read = before.parse(limits.json);
      for (const node of read.textFields.texts.slice(0, 2)) read.textAt(node).markClean(scanner);
      const start = read.text.indexOf('changed');
      const edits = [{ start, end: start + 'changed'.length, text: 'edited' }];
      await stage({ ...requestMessage(), body: before.edit(edits) }, CONTEXT);
      return texts.splice(0);
    };
    expect(await scrubbed(scanner)).toEqual(['all of it is edited', 'not looked at']);
    expect(await scrubbed({})).toHaveLength(3);
  });

  it('yields to the event loop while it reads a large text', async () => {
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
    await stage(requestMessage({}, Buffer.from(requestBody('so much '.repeat(50_000)))), CONTEXT);
    over = true;
    expect(turns).toBeGreaterThan(10);
  });

  it('evaluates a cached text as if it were new', async () => {
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
        const warm = policyStage(policy);
        for (const texts of requests) {
          expect(await warm.passedBody(requestBody(...texts))).toBe(
            await policyStage(policy).passedBody(requestBody(...texts)),
          );
        }
      }),
      { runs: 50 },
    );
  });
});
