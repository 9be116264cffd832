// Webhooks and LLM judges in a policy: when they are called, and what a failure means.

import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import type { AskModel } from '../../../shared/policy/matcher.ts';
import { limits } from '../../../shared/limits.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { compiled, policiesOf } from '../../kit/policies.ts';
import { confirm } from '../../kit/permits.ts';

const JUDGE = { type: 'judge', model: 'm', prompt: 'It is bad.' };

function policyStage(match: object, { fails = false, more = {} } = {}) {
  const texts: string[] = [];
  const errors: unknown[] = [];
  const askModel: AskModel = ({ prompt }) => {
    const text = prompt.split('\n').slice(1, -1).join('\n');
    texts.push(text);
    if (fails) return Promise.reject(new Error('no result'));
    return Promise.resolve(text.includes('bad') ? '99' : '1');
  };
  const policy = compiled([{ id: 'a', match, action: 'block' }], more, { askModel });
  const stage = createPolicy({
    policies: policiesOf(policy),
    clock: createFakeClock(),
    limits,
    onError: (error) => void errors.push(error),
  });
  const run = async (...contents: readonly string[]) => {
    const messages = contents.map((content) => ({ role: 'user', content }));
    const body = Buffer.from(JSON.stringify({ model: 'm', messages }));
    return await stage(requestMessage({}, body), {
      signal: new AbortController().signal,
      confirm,
    });
  };
  return { texts, errors, run };
}

describe('a policy with remote matchers', () => {
  it('blocks what they match, and asks about each text once', async () => {
    const { texts, run } = policyStage({ any: [JUDGE] });
    expect((await run('good', 'fine')).kind).toBe('pass');
    expect((await run('good', 'fine', 'bad')).kind).toBe('refuse');
    expect(texts).toEqual(['good', 'fine', 'bad']);
  });

  it('asks only if the result decides', async () => {
    const all = [{ type: 'keyword', words: ['ask'] }, JUDGE];
    const { texts, run } = policyStage({ all });
    expect((await run('bad')).kind).toBe('pass');
    expect((await run('ask: good')).kind).toBe('pass');
    expect((await run('ask: bad')).kind).toBe('refuse');
    expect(texts).toEqual(['ask: good', 'ask: bad']);
    const either = policyStage({ any: [{ type: 'keyword', words: ['surely'] }, JUDGE] });
    expect((await either.run('surely', ' ')).kind).toBe('refuse');
    expect(either.texts).toEqual([]);
  });

  it('supports them as exceptions', async () => {
    const { run } = policyStage({ any: [{ type: 'keyword', words: ['word'] }], unless: [JUDGE] });
    expect((await run('a word')).kind).toBe('refuse');
    expect((await run('a bad word')).kind).toBe('pass');
  });

  it('rejects requests on their failure, naming the rule', async () => {
    const { run, errors } = policyStage({ any: [JUDGE] }, { fails: true });
    expect(await run('good')).toMatchObject({
      kind: 'refuse',
      error: {
        code: 'policy_check_failed',
        status: 503,
        details: { rule: 'a' },
        annotations: { policyFailedChecks: 'a' },
      },
    });
    expect(errors).toHaveLength(1);
  });

  it.each([{ on_error: 'open' }, { mode: 'monitor' }])(
    'passes on failure with %j, and records it',
    async (more) => {
      const { run, errors } = policyStage({ any: [JUDGE] }, { fails: true, more });
      expect(await run('good')).toMatchObject({
        kind: 'pass',
        annotations: { policyFailedChecks: 'a' },
      });
      expect(errors).toHaveLength(1);
    },
  );

  it('does not cache failures', async () => {
    const { texts, run } = policyStage({ any: [JUDGE] }, { fails: true });
    await run('good');
    await run('good');
    expect(texts).toEqual(['good', 'good']);
  });
});
