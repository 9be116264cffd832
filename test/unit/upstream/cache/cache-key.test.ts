import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cacheKey } from '../../../../services/upstream/cache/cache-key.ts';
import { checkProperty } from '../../../kit/properties.ts';
import { requestBodyOf } from '../../../kit/request-messages.ts';
import { limits } from '../../../../shared/limits.ts';

const IMAGE = { type: 'base64', media_type: 'image/png', data: 'AAAA' };
/** Every place where a source can stand. */
const SOURCE_PLACES: Record<string, (block: object) => object[]> = {
  'the content': (block) => [block],
  'a tool result': (block) => [{ type: 'tool_result', tool_use_id: 't', content: [block] }],
  'the content of a document': (block) => [
    { type: 'document', source: { type: 'content', content: [block] } },
  ],
  'a document in a tool result': (block) => [
    {
      type: 'tool_result',
      content: [{ type: 'document', source: { type: 'content', content: [block] } }],
    },
  ],
  'a search result': (block) => [{ type: 'search_result', source: 'x', content: [block] }],
  'a fetched page': (block) => [
    { type: 'web_fetch_tool_result', content: { type: 'web_fetch_result', content: block } },
  ],
  'an unknown block': (block) => [{ type: 'from_the_future', parts: { first: block } }],
};
const EXTERNAL: readonly object[] = [
  { type: 'image', source: { type: 'url', url: 'https://x/a.png' } },
  { type: 'document', source: { type: 'url', url: 'https://x/a.pdf' } },
  { type: 'image', source: { type: 'file', file_id: 'file_1' } },
  { type: 'document', source: { type: 'file', file_id: 'file_1' } },
  { type: 'container_upload', file_id: 'file_1' },
  { type: 'document', source: { type: 'from_the_future', key: 'k' } },
  { type: 'document', source: { url: 'https://x' } },
  { type: 'document', source: 'https://x' },
  { type: 'image', url: 'https://x' },
  { type: 'IMAGE', url: 'https://x' },
  { type: 'image_url', image_url: { url: 'https://x' } },
  { type: 'clip_from_the_future', url: 'https://x' },
  { type: 'container_upload', id: 'x' },
  { type: 'image', source: { ...IMAGE, url: 'https://x' } },
  { type: 'document', source: { type: 'text', data: 'a' }, url: 'https://x' },
  { type: 'image', source: IMAGE, input: { source: { type: 'url', url: 'https://x' } } },
];
const SELF_CONTAINED: readonly object[] = [
  { type: 'image', source: IMAGE },
  { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a' } },
  { type: 'document', source: { type: 'content', content: 'a' } },
  { type: 'search_result', source: 'https://x', title: 'x', content: [] },
  {
    type: 'text',
    text: 'a',
    citations: [{ type: 'web_search_result_location', url: 'https://x', cited_text: 'a' }],
  },
  {
    type: 'web_search_tool_result',
    content: [{ type: 'web_search_result', url: 'https://x', encrypted_content: 'a' }],
  },
  { type: 'browser_state', tabs: [{ title: 'a', url: 'https://x' }] },
  { type: 'tool_use', name: 'a', input: { source: { type: 'url' }, file_id: 'f' } },
];

const META = {
  tenant: 't',
  method: 'POST' as const,
  path: '/v1/messages',
  headers: ['anthropic-version', '2023-06-01'],
};
const BODY = {
  model: 'm',
  max_tokens: 5,
  system: [{ type: 'text', text: 'Be nice.' }],
  messages: [{ role: 'user', content: 'Hello' }],
};

function key(
  body: unknown = BODY,
  meta: object = {},
  versions = ['p@1', 'r1'],
): string | undefined {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return cacheKey({
    meta: { ...META, ...meta },
    body: requestBodyOf(text),
    versions,
    limits: limits.json,
  });
}

describe('the cache key', () => {
  it.each([
    [
      'the order of its fields',
      { messages: BODY.messages, system: BODY.system, max_tokens: 5, model: 'm' },
      {},
    ],
    ['whether it streams', { ...BODY, stream: true }, {}],
    ['its user id', { ...BODY, metadata: { user_id: 'u' } }, {}],
    [
      'headers that do not affect the response',
      BODY,
      { headers: [...META.headers, 'x-app', 'cli'] },
    ],
    ['spaces between its fields', JSON.stringify(BODY).replace('{"model"', '{ "model"'), {}],
  ])('does not depend on %s', (_, body, meta) => {
    expect(key(body, meta)).toBe(key());
  });

  it('does not depend on the attribution block of Claude Code', () => {
    const attributed = (build: string) => ({
      ...BODY,
      system: [
        { type: 'text', text: `x-anthropic-billing-header: cc_version=${build};` },
        ...BODY.system,
      ],
    });
    expect(key(attributed('1'))).toBe(key(attributed('2')));
    const second = [...BODY.system, { type: 'text', text: 'x-anthropic-billing-header: 1' }];
    expect(key({ ...BODY, system: second })).not.toBe(key());
  });

  it.each([
    ['the tenant', BODY, { tenant: 'other' }],
    ['the model', { ...BODY, model: 'n' }, {}],
    ['a message', { ...BODY, messages: [{ role: 'user', content: 'Hallo' }] }, {}],
    ['the system prompt', { ...BODY, system: 'Be nice.' }, {}],
    ['tools', { ...BODY, tools: [{ name: 'a', input_schema: {} }] }, {}],
    ['the temperature', { ...BODY, temperature: 0.5 }, {}],
    ['the format of a number', JSON.stringify(BODY).replace('5', '5.0'), {}],
    ['an unknown field', { ...BODY, from_the_future: 1 }, {}],
    ['a duplicate field', JSON.stringify(BODY).replace('"model"', '"model":"z","model"'), {}],
    ['the API version', BODY, { headers: ['anthropic-version', '2026-10-21'] }],
    ['betas', BODY, { headers: [...META.headers, 'Anthropic-Beta', 'x'] }],
    ['the workspace', BODY, { headers: [...META.headers, 'anthropic-workspace-id', 'x'] }],
    ['a header from the future', BODY, { headers: [...META.headers, 'anthropic-new', 'x'] }],
    ['the query', BODY, { path: '/v1/messages?beta=true' }],
  ])('depends on %s', (_, body, meta) => {
    expect(key(body, meta)).not.toBe(key());
    expect(key(body, meta)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('depends on the versions of policy and rules', () => {
    expect(key(BODY, {}, ['p@2', 'r1'])).not.toBe(key());
    expect(key(BODY, {}, ['p@1', 'r2'])).not.toBe(key());
    expect(key(BODY, {}, ['p@1r1', ''])).not.toBe(key(BODY, {}, ['p@1', 'r1']));
  });

  it.each([
    ['has another path', BODY, { path: '/v1/messages/count_tokens' }],
    ['is a GET', BODY, { method: 'GET' }],
    ['uses a container', { ...BODY, container: 'c' }, {}],
    ['uses a thread', { ...BODY, thread: {} }, {}],
    ['uses MCP servers', { ...BODY, mcp_servers: [] }, {}],
    ['uses a container, in upper case', { ...BODY, Container: 'c' }, {}],
    [
      'searches the web',
      { ...BODY, tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      {},
    ],
    [
      'searches the web with a tool that a message defines',
      {
        ...BODY,
        messages: [
          {
            role: 'system',
            content: [
              {
                type: 'tool_addition',
                tool: {
                  type: 'tool_definition',
                  definition: { type: 'web_search_20250305', name: 'web_search' },
                },
              },
            ],
          },
        ],
      },
      {},
    ],
    ['has a tool that is not known', { ...BODY, tools: [{ type: 'x_20270101', name: 'x' }] }, {}],
    [
      'uses an MCP server by the prefix of local ones',
      { ...BODY, tools: [{ type: 'mcp_toolset', mcp_server_name: 'mcp__x' }] },
      {},
    ],
    ['is a list', [], {}],
  ])('does not exist if the request %s', (_, body, meta) => {
    expect(key(body, meta)).toBeUndefined();
  });

  const placed = (blocks: readonly object[]) =>
    blocks.flatMap((block) =>
      Object.entries(SOURCE_PLACES).map(
        ([place, put]) =>
          [
            JSON.stringify(block),
            place,
            { ...BODY, messages: [{ role: 'user', content: put(block) }] },
          ] as const,
      ),
    );
  it.each(placed(EXTERNAL))('does not exist with %s in %s', (_block, _place, body) => {
    expect(key(body)).toBeUndefined();
    const escaped = JSON.stringify(body)
      .replaceAll('"source"', String.raw`"sourc\u0065"`)
      .replaceAll('"file_id"', String.raw`"fil\u0065_id"`);
    expect(key(escaped)).toBeUndefined();
  });

  it.each(placed(SELF_CONTAINED))('exists with %s in %s', (_block, _place, body) => {
    expect(key(body)).toBeDefined();
  });

  it('does not exist with a source that has two types, or in the system prompt', () => {
    const twice = JSON.stringify({
      ...BODY,
      messages: [{ role: 'user', content: [{ type: 'image', source: IMAGE }] }],
    }).replace('"base64"', '"base64","type":"url"');
    expect(key(twice)).toBeUndefined();
    const [block] = EXTERNAL;
    expect(key({ ...BODY, system: [block] })).toBeUndefined();
    expect(key({ ...BODY, from_the_future: [block] })).toBeUndefined();
  });

  it('exists with tools that take a source', () => {
    const properties = { source: { type: 'string' }, file_id: { type: 'string' } };
    const tools = [{ name: 'a', input_schema: { type: 'object', properties } }];
    expect(key({ ...BODY, tools })).toBeDefined();
  });

  it('exists with client tools, including those of local MCP servers', () => {
    expect(
      key({ ...BODY, tools: [{ name: 'mcp__github__issue', input_schema: {} }] }),
    ).toBeDefined();
  });

  it('differs for any two requests, however long their texts are', () => {
    const text = fc.tuple(fc.constantFrom('a', 'b', '"', 'ü'), fc.constantFrom(1, 254, 255, 300));
    const content = fc.array(
      fc.oneof(
        text.map(([char, count]) => ({ type: 'text', text: char.repeat(count) })),
        text.map(([char, count]) => ({ type: 'thinking', thinking: char.repeat(count) })),
      ),
      { maxLength: 4 },
    );
    const fields = fc.record({
      system: content,
      messages: fc.array(fc.record({ role: fc.constant('user'), content }), { maxLength: 3 }),
    });
    checkProperty(
      fc.property(fields, fields, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        expect(key({ ...BODY, ...one }) === key({ ...BODY, ...other })).toBe(isSame);
        const { messages, system } = one;
        expect(key({ messages, model: 'm', system, max_tokens: 5 })).toBe(key({ ...BODY, ...one }));
      }),
      { runs: 500 },
    );
  });
});
