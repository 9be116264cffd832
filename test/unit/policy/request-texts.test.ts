// Policies see the texts that the scrubber sees.

import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../../services/policy/policy.ts';
import { splice } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { createFakeClock } from '../../kit/fake-clock.ts';
import { compiled, policiesOf, words } from '../../kit/policies.ts';
import { requestMessage } from '../../kit/request-messages.ts';
import { confirm } from '../../kit/permits.ts';

/** What a policy makes of a body; `undefined` if it refuses it. */
async function passed(rule: object, body: unknown): Promise<string | undefined> {
  const text = JSON.stringify(body);
  const stage = createPolicy({
    policies: policiesOf(compiled([{ id: 'rule', ...rule }])),
    clock: createFakeClock(),
    limits,
    onError: (error) => {
      throw error;
    },
  });
  const message = requestMessage({}, Buffer.from(text));
  const outcome = await stage(message, { signal: new AbortController().signal, confirm });
  return outcome.kind === 'pass' ? splice(text, outcome.edits ?? []) : undefined;
}

const BLOCK = { match: words('xylograph'), action: 'block' };
const tool = (schema: object) => ({ tools: [{ name: 'n', input_schema: schema }] });
const user = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });

describe('policies see', () => {
  it.each(['pattern', 'type', 'format', 'required', '$ref', '$defs', 'examples', 'properties'])(
    'the description of a property named %s',
    async (name) => {
      const body = tool({ properties: { [name]: { description: 'a xylograph' } } });
      expect(await passed(BLOCK, body)).toBeUndefined();
    },
  );

  it.each([
    ['a pattern', tool({ properties: { a: { pattern: 'xylograph' } } })],
    ['an enumeration', tool({ properties: { a: { enum: ['xylograph'] } } })],
    ['the name of a property', tool({ properties: { xylograph: {} } })],
    ['the data of an unknown block', user({ type: 'hologram', data: 'a xylograph' })],
    ['the id of an unknown block', user({ type: 'hologram', x_id: 'a xylograph' })],
    ['a key of an unknown block', user({ type: 'hologram', xylograph: true })],
    ['a URL', user({ type: 'image', source: { type: 'url', url: 'https://x.org/xylograph' } })],
    ['the URL of an MCP server', { mcp_servers: [{ type: 'url', url: 'https://xylograph.org' }] }],
  ])('%s', async (_what, body) => {
    expect(await passed(BLOCK, body)).toBeUndefined();
  });

  it('no credentials of MCP servers', async () => {
    const body = { mcp_servers: [{ type: 'url', authorization_token: 'xylograph' }] };
    expect(await passed(BLOCK, body)).toBe(JSON.stringify(body));
  });

  it('numbers of tool inputs, and redact them as strings', async () => {
    const rule = { match: { any: [{ type: 'regex', pattern: '^4711\\d+$' }] }, action: 'redact' };
    const use = (...numbers: unknown[]) =>
      user({ type: 'tool_use', id: 'toolu_1', name: 'n', input: { numbers } });
    expect(await passed(rule, use(4711123, 4.711124e6, 5711123, 1.5))).toBe(
      JSON.stringify(use('[REDACTED_RULE]', '[REDACTED_RULE]', 5711123, 1.5)),
    );
  });
});
