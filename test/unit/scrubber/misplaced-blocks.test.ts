// A type means something only where the protocol has blocks, and types of responses mean nothing in a request.

import { describe, expect, it } from 'vitest';
import { UNTOUCHABLE_BLOCKS } from '../../../shared/anthropic/block-fields.ts';
import { SCHEMA_KEYWORDS } from '../../../shared/anthropic/schema-fields.ts';
import { scrubbing } from '../../kit/scrubbing.ts';

const ANN = 'ann.lee@corp-mail.org';
const user = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });
const schema = (input_schema: unknown) => ({ tools: [{ name: 'x', input_schema }] });
const sees = async (request: unknown) => (await scrubbing()(JSON.stringify(request))).text;

/** Blocks that let their content pass where they belong. */
const SHELTERS: Readonly<Record<string, unknown>> = {
  'signed thinking': { type: 'thinking', thinking: ANN, signature: ANN },
  'encrypted thinking': { type: 'redacted_thinking', data: ANN },
  'a compaction': { type: 'compaction', content: ANN },
  'a tool call': { type: 'tool_use', id: 'toolu_1', name: ANN },
  'an encrypted result': { type: 'web_search_result', encrypted_content: ANN },
  'an image': { type: 'image', source: { type: 'url', url: `https://x.org/${ANN}` } },
  'a tool listing': { type: 'mcp_tool_listing', tools: [{ description: ANN }] },
};

const PLACES: Readonly<Record<string, (value: unknown) => unknown>> = {
  'a stop sequence': (value) => ({ stop_sequences: [value] }),
  metadata: (value) => ({ metadata: { user_id: value } }),
  'the text of a block': (value) => user({ type: 'text', text: value }),
  'the title of a document': (value) => user({ type: 'document', title: value }),
  'an id': (value) => user({ type: 'tool_result', tool_use_id: value }),
  'the name of a tool': (value) => ({ tool_choice: { type: 'tool', name: value } }),
  'a URL': (value) => user({ type: 'image', source: { type: 'url', url: value } }),
  'a credential': (value) => ({ mcp_servers: [{ authorization_token: value }] }),
  betas: (value) => ({ betas: [value] }),
  'a tool input': (input) => user({ type: 'tool_use', id: 'toolu_1', name: 'n', input }),
  ...Object.fromEntries(
    [...SCHEMA_KEYWORDS].flatMap(([keyword, reading]) =>
      ['schema', 'schemas', 'dependencies'].includes(reading)
        ? []
        : [[`the keyword ${keyword}`, (value: unknown) => schema({ [keyword]: value })]],
    ),
  ),
};

describe.each(Object.entries(PLACES))('an object in the place of %s', (_place, place) => {
  it.each(Object.entries(SHELTERS))('is text, also if it looks like %s', async (_what, block) => {
    expect(await sees(place(block))).not.toContain(ANN);
  });
});

describe('in a request', () => {
  it.each(['thinking_delta', 'signature_delta', 'compaction_delta', 'message', 'message_delta'])(
    'the type %s of a response is unknown',
    async (type) => {
      const block = { type, thinking: ANN, signature: ANN, content: ANN, model: ANN, usage: ANN };
      expect(await sees(user(block))).not.toContain(ANN);
    },
  );

  it.each([...UNTOUCHABLE_BLOCKS])('other fields of the block %s are text', async (type) => {
    expect(await sees(user({ type, note: ANN, [ANN]: [{ a: ANN }] }))).not.toContain(ANN);
  });

  it('a tool listing passes as it came, and is reported', async () => {
    const listing = { mcp_server_name: 'crm', tools: [{ name: 'x', description: ANN, [ANN]: 1 }] };
    const body = JSON.stringify(user({ type: 'mcp_tool_listing', ...listing }));
    const { text, vault } = await scrubbing()(body);
    expect([text, vault.unscrubbed]).toEqual([body, { EMAIL_ADDRESS: 2 }]);
  });
});

describe('ids and enumerations', () => {
  const ids = [
    'toolu_01A09q90qw90lq917835lq9',
    'srvtoolu_013tsGzJ9kAfNzVDXnRBf5Fq',
    'call_9pw1qnYScqvGrCH58HWCvFH6',
    'functions.bash:0',
    '0f8fad5b-d9cb-469f-a165-70867728950e',
    'chatcmpl-tool-1a2b3c4d5e6f',
    'file_011CNha8iCJcU1wXNR6q4V8w',
    'container_011CPR5CNjB747bTd36fQLFk',
    'ephemeral',
    '5m',
    '1h',
  ];

  it.each(ids)('%s stays as it is', async (id) => {
    const cache_control = { type: 'ephemeral', ttl: id };
    const body = JSON.stringify({
      ...user(
        { type: 'tool_use', id, name: 'n', input: {}, caller: { type: 'direct', tool_id: id } },
        { type: 'tool_result', tool_use_id: id, cache_control },
        { type: 'document', source: { type: 'file', file_id: id } },
      ),
      container: { id },
    });
    expect((await scrubbing()(body)).text).toBe(body);
  });

  it('that are values get the same placeholder wherever they stand', async () => {
    const iban = 'DE89370400440532013000';
    const text = await sees(
      user(
        { type: 'tool_use', id: iban, name: 'n', input: {} },
        { type: 'tool_result', tool_use_id: iban },
      ),
    );
    const [call, result] = text.match(/PII_IBAN_\w{8}/g) ?? [];
    expect(call).toBe(result);
    expect(text).not.toContain(iban);
  });
});

describe('base64', () => {
  const image = (data: string) =>
    user({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } });

  it.each(['4539578763621486', 'DE89370400440532013000', 'password=hx7Kq2vWz9'])(
    'too short to be an image is searched: %s',
    async (data) => {
      expect(await sees(image(data))).not.toContain(data.slice(data.indexOf('=') + 1));
    },
  );

  it.each([
    'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  ])('of an image is not changed, and is counted: %s', async (data) => {
    const body = JSON.stringify(image(data));
    const { text, vault } = await scrubbing()(body);
    expect([text, vault.opaque]).toEqual([body, 1]);
  });
});
