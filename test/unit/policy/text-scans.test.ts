import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { limits } from '../../../shared/limits.ts';
import { FactTable } from '../../../shared/runtime/fact-table.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { confirm } from '../../kit/permits.ts';
import { compiled, policiesOf, words } from '../../kit/policies.ts';
import { requestMessage } from '../../kit/request-messages.ts';

const CONTEXT = { signal: new AbortController().signal, confirm };
const RULES = [{ id: 'a', match: words('forbidden'), action: 'redact' }];

/** The texts that a policy reads of requests with these texts, one by one. */
function reading(facts: FactTable) {
  const policy = compiled(RULES);
  const read: string[] = [];
  const view: typeof policy.view = (text, ...more) => {
    read.push(text);
    return policy.view(text, ...more);
  };
  const policies = policiesOf({ ...policy, view });
  const stage = createPolicy({
    policies,
    facts,
    clock: createFakeClock(),
    limits,
    onError: () => {},
  });
  return async (text: string) => {
    read.length = 0;
    const messages = [{ role: 'user', content: text }];
    const body = JSON.stringify({ model: 'm', max_tokens: 9, messages });
    await stage(requestMessage({}, Buffer.from(body)), CONTEXT);
    return [...read];
  };
}

const harmless = (serial: number) => `A text without that, number ${serial}`;
const matching = (serial: number) => `A text with ${'forbidden, '.repeat(100)} number ${serial}`;

describe('what rules match in texts', () => {
  it('is remembered in the table of the process', async () => {
    const facts = new FactTable(1_000_000);
    const read = reading(facts);
    for (const text of [harmless(1), matching(1)]) {
      expect(await read(text)).toEqual([text]);
      expect(await read(text)).toEqual([]);
    }
  });

  it('is forgotten when others have filled the table', async () => {
    const facts = new FactTable(10_000);
    const others = facts.kind<number>((bytes) => bytes);
    const read = reading(facts);
    await read(harmless(1));
    for (let key = 0; key < 4; key += 1) others.set(String(key), 4_000);
    expect(await read(harmless(1))).toEqual([harmless(1)]);
  });

  it('takes as much of the table as it has ranges', async () => {
    const read = reading(new FactTable(10_000));
    await read(harmless(1));
    for (let times = 0; times < 2; times += 1) {
      expect(await read(matching(1))).toEqual([matching(1)]);
      expect(await read(harmless(1))).toEqual([]);
    }
  });
});
