import { describe, expect, it } from 'vitest';
import { textFieldsOf } from '../../../../shared/anthropic/text-fields.ts';
import { scanJson } from '../../../../shared/json/parse.ts';
import { TextValue } from '../../../../shared/json/text-value.ts';

function textsOf(body: unknown): string[] {
  const text = JSON.stringify(body);
  return textFieldsOf(text, scanJson(text)).texts.map(
    ({ start, end }) => new TextValue(text.slice(start, end)).value,
  );
}

function inUser(...content: unknown[]): unknown {
  return { model: 'm', messages: [{ role: 'user', content }] };
}

describe('the text fields of a request', () => {
  it.each([
    ['the system prompt', { system: 'T' }],
    ['system blocks', { system: [{ type: 'text', text: 'T', cache_control: { type: 'x' } }] }],
    ['a message', { messages: [{ role: 'user', content: 'T' }] }],
    ['a system message in mid-conversation', { messages: [{ role: 'system', content: 'T' }] }],
    ['a text block', inUser({ type: 'text', text: 'T' })],
    ['a tool result', inUser({ type: 'tool_result', tool_use_id: 'toolu_1', content: 'T' })],
    [
      'blocks of a tool result',
      inUser({ type: 'tool_result', content: [{ type: 'text', text: 'T' }] }),
    ],
    [
      'a plain document',
      inUser({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'T' } }),
    ],
    [
      'a document of blocks',
      inUser({
        type: 'document',
        source: { type: 'content', content: [{ type: 'text', text: 'T' }] },
      }),
    ],
    [
      'the title of a document',
      inUser({ type: 'document', title: 'T', source: { type: 'file', file_id: 'file_1' } }),
    ],
    ['the context of a document', inUser({ type: 'document', context: 'T' })],
    ['the URL of an image', inUser({ type: 'image', source: { type: 'url', url: 'T' } })],
    ['a search result', inUser({ type: 'search_result', source: 'T' })],
    [
      'a cited text',
      inUser({
        type: 'text',
        citations: [{ type: 'page_location', cited_text: 'T', encrypted_index: 'e' }],
      }),
    ],
    [
      'code output',
      inUser({
        type: 'code_execution_tool_result',
        content: {
          type: 'code_execution_result',
          stdout: 'T',
          return_code: 0,
          encrypted_stdout: 'e',
        },
      }),
    ],
    [
      'the description of a tool',
      { tools: [{ name: 'send_mail', description: 'T', input_schema: {} }] },
    ],
    [
      'a description in a schema',
      {
        tools: [
          {
            name: 'n',
            input_schema: {
              type: 'object',
              properties: { to: { type: 'string', description: 'T' } },
              required: ['to'],
            },
          },
        ],
      },
    ],
    [
      'an output schema',
      { output_config: { format: { type: 'json_schema', schema: { description: 'T' } } } },
    ],
    ['stop sequences', { stop_sequences: ['T'] }],
    ['metadata', { metadata: { user_id: 'T' } }],
    [
      'compaction instructions',
      { context_management: { edits: [{ type: 'compact_20260112', instructions: 'T' }] } },
    ],
    ['a block of an unknown type', inUser({ type: 'hologram', id: 'h_1', name: 'T' })],
    ['an unknown field', { new_field: { deep: ['T'] } }],
  ])('include %s', (_what, body) => {
    expect(textsOf(body)).toContain('T');
  });

  it('include all keys and values of a tool input', () => {
    const input = { id: 'T1', data: 'T2', T3: { type: 'T4', model: ['T5'] } };
    const texts = textsOf(inUser({ type: 'tool_use', id: 'toolu_1', name: 'N', input }));
    expect(texts).toEqual(['id', 'T1', 'data', 'T2', 'T3', 'type', 'T4', 'model', 'T5']);
  });

  it.each([
    ['thinking', { type: 'thinking', thinking: 'T', signature: 'T' }],
    ['redacted thinking', { type: 'redacted_thinking', data: 'T' }],
    ['compaction', { type: 'compaction', content: 'T', signature: 'T' }],
    ['a tool listing', { type: 'mcp_tool_listing', tools: [{ description: 'T' }] }],
    ['base64', { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'T' } }],
    ['a tool name', { type: 'tool_use', id: 'T', name: 'T', input: {} }],
    ['an encrypted field', { type: 'web_search_result', encrypted_content: 'T' }],
    ['an id', { type: 'tool_use', id: 'T', caller: { type: 'T', tool_id: 'T' } }],
    ['the id of a file', { type: 'document', source: { type: 'file', file_id: 'T' } }],
  ])('exclude %s', (_what, block) => {
    expect(textsOf(inUser(block))).not.toContain('T');
  });

  it('exclude the model, roles, MCP credentials and cache markers', () => {
    const body = {
      model: 'T',
      mcp_servers: [{ type: 'url', url: 'https://x', authorization_token: 'T' }],
      messages: [{ role: 'T', content: [] }],
      cache_control: { type: 'T', ttl: 'T' },
    };
    expect(textsOf(body)).toEqual(['https://x']);
  });

  it('count base64 documents and images as opaque', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' };
    const text = JSON.stringify(inUser({ type: 'document', source }, { type: 'image', source }));
    expect(textFieldsOf(text, scanJson(text)).opaque).toBe(2);
  });

  it('are found at any depth', () => {
    const depth = 20_000;
    const text = `{"x":${'['.repeat(depth)}"T"${']'.repeat(depth)}}`;
    const { texts } = textFieldsOf(text, scanJson(text));
    expect(texts.filter(({ start, end }) => text.slice(start, end) === '"T"')).toHaveLength(1);
  });
});

describe('the place of a text field', () => {
  const placesOf = (body: unknown) => {
    const text = JSON.stringify(body);
    const { texts, places } = textFieldsOf(text, scanJson(text));
    return texts.flatMap(({ start, end }, index) =>
      text.slice(start, end) === '"T"' ? places[index] : [],
    );
  };
  const second = (role: string, content: unknown) => ({
    messages: [
      { role: 'user', content: 'hello' },
      { role, content },
    ],
  });
  const result = { type: 'tool_result', tool_use_id: 'toolu_1' };
  const document = { type: 'document', source: { type: 'text', data: 'T' } };

  it.each([
    ['system', -1, { system: 'T', messages: [] }],
    ['system', -1, { system: [{ type: 'text', text: 'T' }] }],
    ['system', 1, second('system', [{ type: 'text', text: 'T' }])],
    ['user', 1, second('user', 'T')],
    ['user', 1, second('user', [{ type: 'text', text: 'T' }])],
    ['user', 1, second('somebody', 'T')],
    ['user', 1, second('user', [{ type: 'text', role: 'assistant', text: 'T' }])],
    ['assistant', 1, second('assistant', [{ type: 'text', text: 'T' }])],
    ['tool_use', 1, second('assistant', [{ type: 'tool_use', input: { deep: [{ in: 'T' }] } }])],
    ['tool_use', 1, second('assistant', [{ type: 'server_tool_use', input: { T: 1 } }])],
    ['tool_result', 1, second('user', [{ ...result, content: 'T' }])],
    ['tool_result', 1, second('user', [{ ...result, content: [{ type: 'text', text: 'T' }] }])],
    ['tool_result', 1, second('user', [{ ...result, content: [document] }])],
    ['tool_result', 1, second('assistant', [{ type: 'mcp_tool_result', content: 'T' }])],
    ['document', 1, second('user', [document])],
    ['document', 1, second('user', [{ type: 'search_result', content: [{ text: 'T' }] }])],
    ['tools', -1, { tools: [{ name: 'get', description: 'T' }] }],
    [
      'tools',
      -1,
      { tools: [{ name: 'get', input_schema: { properties: { a: { title: 'T' } } } }] },
    ],
    ['other', -1, { metadata: { user_id: 'u', note: 'T' } }],
    ['other', -1, { stop_sequences: ['T'] }],
  ])('is %s in turn %i', (part, turn, body) => {
    expect(placesOf(body)).toEqual([{ part, turn }]);
  });
});
