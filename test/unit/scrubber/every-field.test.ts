// No field of any request that the SDK can write lets a value pass, except those named here.

import { describe, expect, it } from 'vitest';
import { sdkFields, type SdkField } from '../../kit/sdk-requests.ts';
import { fakeKey } from '../../kit/fake-key.ts';
import { scrubbing, tokensIn } from '../../kit/scrubbing.ts';

const VALUES = {
  'a mail address': 'ann.lee@corp-mail.org',
  'a card': '4539578763621486',
  'an account': 'DE89370400440532013000',
  'a phone number': '+4915112345678',
  'a password': 'password=hx7Kq2vWz9',
  'a key': fakeKey('ghp_{w36}', 3),
};

/** Names that the client or the upstream matches exactly. */
const NAMES = new Set([
  'name',
  'model',
  'tool_name',
  'toolset_name',
  'server_name',
  'mcp_server_name',
  'exclude_tools',
  'clear_tool_inputs',
  'allowed_tools',
]);
const SIGNED = new Set(['thinking', 'redacted_thinking', 'compaction']);
const SIGNED_FIELDS = /^(?:thinking|data|content|signature|encrypted_\w+)$/;

function passes({ owner, name }: SdkField): boolean {
  if (NAMES.has(name)) return true;
  return SIGNED.has(owner) ? SIGNED_FIELDS.test(name) : name.startsWith('encrypted_');
}

/** What the upstream uses; reported instead. */
const USED =
  /^(?:url|allowed_domains|blocked_domains|authorization_token|token|fallback_credit_token)$/;

const fields = [...new Map(sdkFields().map((field) => [field.path, field])).values()];

describe.each(Object.entries(VALUES))('%s', (_what, value) => {
  const scrub = scrubbing();
  const secret = value.slice(value.indexOf('=') + 1);

  it('reaches the upstream in no field that is read, and nothing else changes', async () => {
    const passed: string[] = [];
    const changed: string[] = [];
    for (const field of fields.filter((each) => !passes(each))) {
      const body = JSON.stringify(field.request(value));
      const { text, vault } = await scrub(body);
      const isReported = vault.unscrubbed !== undefined;
      const isVerbatim = field.path.includes('mcp_tool_listing');
      if (isReported && (isVerbatim || USED.test(field.name))) {
        if (text !== body) changed.push(field.path);
        continue;
      }
      if (text.includes(secret)) passed.push(field.path);
      const restored = tokensIn(text).reduce(
        (all, token) => all.replace(token, vault.values.get(token) ?? ''),
        text,
      );
      if (restored !== body) changed.push(field.path);
    }
    expect(passed).toEqual([]);
    expect(changed).toEqual([]);
  });
});

it('covers the types of the SDK', () => {
  expect(fields.length).toBeGreaterThan(1_000);
  const owners = new Set(fields.map(({ owner }) => owner));
  expect([...owners]).toEqual(
    expect.arrayContaining(['text', 'tool_result', 'url', 'browser_state', 'ephemeral']),
  );
});
