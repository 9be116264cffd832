// What a body costs in one process: it is read once, whatever its rooms do with it.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JsonTokens } from '../../shared/json-tokens.ts';
import { adminOf } from '../kit/admin.ts';
import { startGateway, type Gateway } from '../kit/gateway.ts';
import { policyFolder, type PolicyFolder } from '../kit/policy-folder.ts';
import { policyOf, words } from '../kit/policies.ts';

const TOKEN = 'admin-token-of-a-test-0123456789abcdef';
const LARGE = 100_000;
const POLICY = policyOf([
  { id: 'names', match: words('falcon'), action: 'redact' },
  { id: 'size', match: { any: [{ type: 'limit', max_input_tokens: 1e9 }] }, action: 'block' },
]);

describe('a body in one process', () => {
  let folder: PolicyFolder;
  let gateway: Gateway;
  let key: string;
  beforeAll(async () => {
    folder = policyFolder({ strict: POLICY });
    const env = { LLMP_ADMIN_TOKEN: TOKEN, LLMP_POLICIES: folder.path };
    gateway = await startGateway({ bus: 'embedded', env });
    const limits = { requests_per_minute: 1_000, input_tokens_per_minute: 1e9 };
    const more = { policy: 'strict', cache_for: '10m', models: ['claude-haiku-4-5'] };
    ({ key } = await adminOf(gateway, TOKEN).key(limits, more));
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  it.each([
    ['unchanged', 'hello', 'hello'],
    ['scrubbed', 'write to jane.roe@acme-mail.org', 'write to jane.roe@acme-mail.org'],
    ['redacted by its policy', 'the falcon flies', 'the [REDACTED_NAMES] flies'],
    [
      'changed by both',
      'falcon@acme-mail.org, a falcon',
      'falcon@acme-mail.org, a [REDACTED_NAMES]',
    ],
  ])('is read once when it is %s', async (_, said, answered) => {
    const messages = Array.from({ length: 400 }, (__, turn) => ({
      role: turn % 2 === 0 ? 'user' : 'assistant',
      content: `Message ${turn} of "${said}". ${'Nothing else is in it. '.repeat(20)}`,
    }));
    const ended = vi.spyOn(JsonTokens.prototype, 'expectEnd');
    try {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'claude-haiku-4-5',
          max_tokens: 1_000,
          messages: [...messages, { role: 'user', content: `And now: ${said}` }],
        }),
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(`And now: ${answered}`);
      const readers = ended.mock.contexts.filter((one) => one instanceof JsonTokens);
      expect(readers.filter(({ at }) => at > LARGE)).toEqual([expect.anything()]);
    } finally {
      ended.mockRestore();
    }
  });
});
