// A stage that learns that its attempt was given up calls nobody, whatever it was about to ask.

import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../services/policy/policy.ts';
import { createRag } from '../../services/rag/rag.ts';
import { createScrubber } from '../../services/scrubber/scrubber.ts';
import { LlmpError } from '../../shared/errors.ts';
import { limits } from '../../shared/limits.ts';
import { createScanner } from '../../shared/privacy/detect/scan.ts';
import { DEFAULT_RULES } from '../../shared/privacy/rules.ts';
import type { Stage, TaskContext } from '../../shared/protocol/stage.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { PERMITTED } from '../kit/permits.ts';
import { compiled, policiesOf } from '../kit/policies.ts';
import { requestMessage } from '../kit/request-messages.ts';
import { collectionNamed } from '../kit/retrieval.ts';

const JUDGE = { type: 'judge', model: 'm', prompt: 'It is bad.' };
const BODY = Buffer.from(
  '{"model":"m","messages":[{"role":"user","content":"Where is Ann Lee?"}]}',
);

/** Each stage, with a remote service that notes when it is called. */
const STAGES: Readonly<Record<string, (called: () => void) => Stage<TaskContext>>> = {
  'a scrubber with a recognizer': (called) =>
    createScrubber({
      scanner: createScanner([]),
      recognize: () => {
        called();
        return Promise.resolve([]);
      },
      rules: DEFAULT_RULES,
      masterKey: Buffer.alloc(32, 7),
      clock: systemClock,
      limits,
    }),
  'a policy with a judge': (called) => {
    const rules = [{ id: 'a', match: { any: [JUDGE] }, action: 'block' }];
    const askModel = () => {
      called();
      return Promise.resolve('1');
    };
    const policies = policiesOf(compiled(rules, {}, { askModel }));
    return createPolicy({ policies, clock: systemClock, limits, onError: () => {} });
  },
  'a search of documents': (called) =>
    createRag({
      collectionSetOf: () =>
        Promise.resolve({ version: 'v', collections: [collectionNamed('handbook')] }),
      retrieve: () => {
        called();
        return Promise.resolve([]);
      },
      augmentations: {
        augmentations: (ids) => Promise.resolve(ids.map(() => undefined)),
        saveAugmentation: (_id, saved) => Promise.resolve(saved),
      },
      clock: systemClock,
      limits,
      onError: () => {},
    }),
};

describe.each(Object.entries(STAGES))('%s', (_, create) => {
  /** How often the remote service was called, and how the stage ended. */
  async function run(isWaitedFor: boolean) {
    let calls = 0;
    const abort = new AbortController();
    const confirm = async () => {
      if (isWaitedFor) return;
      abort.abort(new LlmpError('client_disconnected'));
      throw new LlmpError('client_disconnected');
    };
    const context = {
      signal: abort.signal,
      confirm,
      calls: PERMITTED,
      sendVault: () => {},
      sendRetrieval: () => {},
    };
    const rag = { collections: ['handbook'], search: true };
    const stage = create(() => (calls += 1));
    const ended = await Promise.resolve(stage(requestMessage({ rag }, BODY), context)).then(
      ({ kind }) => kind,
      (error: unknown) => LlmpError.from(error).code,
    );
    return { calls, ended };
  }

  it('calls it for an attempt that is waited for', async () => {
    const { calls, ended } = await run(true);
    expect(calls).toBeGreaterThan(0);
    expect(ended).toBe('pass');
  });

  it('does not call it for one that was given up', async () => {
    expect(await run(false)).toEqual({ calls: 0, ended: 'client_disconnected' });
  });
});
