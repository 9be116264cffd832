// Webhooks and judges as part of a policy: who is asked, how often, and what no answer means.

import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import type { AskModel } from '../../../shared/policy/matcher.ts';
import { limits } from '../../../shared/limits.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { compiled, policiesOf } from '../../kit/policies.ts';

const JUDGE = { type: 'judge', model: 'm', prompt: 'It is bad.' };

function stageName(match: object, { fails = false, more = {} } = {}) {
  const asked: string[] = [];
  const faults: unknown[] = [];
  const askModel: AskModel = ({ prompt }) => {
    const text = prompt.split('\n').slice(1, -1).join('\n');
    asked.push(text);
    if (fails) return Promise.reject(new Error('no answer'));
    return Promise.resolve(text.includes('bad') ? '99' : '1');
  };
  const policy = compiled([{ id: 'a', match, action: 'block' }], more, { askModel });
  const stage = createPolicy({
    policies: policiesOf(policy),
    clock: createFakeClock(),
    limits,
    onError: (error) => void faults.push(error),
  });
  const judge = async (...texts: readonly string[]) => {
    const messages = texts.map((content) => ({ role: 'user', content }));
    const body = Buffer.from(JSON.stringify({ model: 'm', messages }));
    return await stage(requestMessage({}, body), {
      signal: new AbortController().signal,
    });
  };
  return { asked, faults, judge };
}

describe('a policy that asks others', () => {
  it('refuses what they say yes to, and asks about each text once', async () => {
    const { asked, judge } = stageName({ any: [JUDGE] });
    expect((await judge('good', 'fine')).kind).toBe('pass');
    expect((await judge('good', 'fine', 'bad')).kind).toBe('refuse');
    expect(asked).toEqual(['good', 'fine', 'bad']);
  });

  it('asks only where the answer decides', async () => {
    const all = [{ type: 'keyword', words: ['ask'] }, JUDGE];
    const { asked, judge } = stageName({ all });
    expect((await judge('bad')).kind).toBe('pass');
    expect((await judge('ask: good')).kind).toBe('pass');
    expect((await judge('ask: bad')).kind).toBe('refuse');
    expect(asked).toEqual(['ask: good', 'ask: bad']);
    const either = stageName({ any: [{ type: 'keyword', words: ['surely'] }, JUDGE] });
    expect((await either.judge('surely', ' ')).kind).toBe('refuse');
    expect(either.asked).toEqual([]);
  });

  it('lets them excuse', async () => {
    const { judge } = stageName({ any: [{ type: 'keyword', words: ['word'] }], unless: [JUDGE] });
    expect((await judge('a word')).kind).toBe('refuse');
    expect((await judge('a bad word')).kind).toBe('pass');
  });

  it('refuses what they do not answer for, and says by which rule', async () => {
    const { judge, faults } = stageName({ any: [JUDGE] }, { fails: true });
    expect(await judge('good')).toMatchObject({
      kind: 'refuse',
      error: {
        code: 'policy_check_failed',
        status: 503,
        details: { rule: 'a' },
        annotations: { policyUnanswered: 'a' },
      },
    });
    expect(faults).toHaveLength(1);
  });

  it.each([{ on_error: 'open' }, { mode: 'monitor' }])(
    'lets it pass with %j, and records it',
    async (more) => {
      const { judge, faults } = stageName({ any: [JUDGE] }, { fails: true, more });
      expect(await judge('good')).toMatchObject({
        kind: 'pass',
        annotations: { policyUnanswered: 'a' },
      });
      expect(faults).toHaveLength(1);
    },
  );

  it('does not remember that there was no answer', async () => {
    const { asked, judge } = stageName({ any: [JUDGE] }, { fails: true });
    await judge('good');
    await judge('good');
    expect(asked).toEqual(['good', 'good']);
  });
});
