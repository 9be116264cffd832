import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restorableFields } from '../../../../services/ingress/restore/restorable-fields.ts';
import { textFieldsOf } from '../../../../shared/anthropic/text-fields.ts';
import { scanJson } from '../../../../shared/json/parse.ts';
import { stringAt } from '../../../../shared/json/edit.ts';
import { replyCases } from '../../../kit/corpus.ts';
import { checkProperty } from '../../../kit/properties.ts';

/** The restorable texts of a value, in order. */
function textsIn(value: unknown): string[] {
  const text = JSON.stringify(value);
  const { texts } = restorableFields(text, scanJson(text));
  return texts.toSorted((a, b) => a.start - b.start).map((node) => stringAt(text, node));
}

describe('restorableFields', () => {
  it.each([
    ['the text of a block', { type: 'text', text: 'T' }, ['T']],
    [
      'all strings and keys of a tool input',
      {
        type: 'tool_use',
        id: 'I',
        name: 'N',
        input: { id: 'a', K: [{ type: 'thinking', data: 'b' }] },
      },
      ['id', 'a', 'K', 'type', 'thinking', 'data', 'b'],
    ],
    [
      'an input of a server tool',
      { type: 'server_tool_use', input: { query: 'q' } },
      ['query', 'q'],
    ],
    [
      "a tool's result",
      { type: 'mcp_tool_result', tool_use_id: 'I', content: [{ type: 'text', text: 'T' }] },
      ['T'],
    ],
    [
      'the output of a program',
      { type: 'code_execution_result', stdout: 'O', stderr: 'E', encrypted_stdout: 'X' },
      ['O', 'E'],
    ],
    [
      'a citation',
      {
        type: 'web_search_result_location',
        cited_text: 'C',
        url: 'U',
        title: 'T',
        encrypted_index: 'X',
        file_id: 'F',
      },
      ['C', 'U', 'T'],
    ],
    [
      'the strings of a message',
      {
        id: 'I',
        type: 'message',
        role: 'assistant',
        model: 'M',
        stop_reason: 'stop_sequence',
        stop_sequence: 'S',
        stop_details: { type: 'refusal', explanation: 'E' },
      },
      ['S', 'E'],
    ],
    [
      'the message of an error',
      { type: 'error', error: { type: 'invalid_request_error', message: 'M' }, request_id: 'R' },
      ['M'],
    ],
    [
      'all strings and keys of blocks of unknown types',
      { type: 'new', data: ['a', { new_id: 'b' }] },
      ['type', 'new', 'data', 'a', 'new_id', 'b'],
    ],
    ['a string alone', 'a', ['a']],
  ])('include %s', (_, value, texts) => {
    expect(textsIn(value)).toEqual(texts);
  });

  it.each([
    'thinking',
    'redacted_thinking',
    'compaction',
    'mcp_tool_listing',
    'thinking_delta',
    'signature_delta',
    'compaction_delta',
  ])('exclude signed and encrypted content: %s', (type) => {
    const value = { type, thinking: 'a', data: 'b', content: [{ type: 'text', text: 'c' }] };
    expect(textsIn([value, { type: 'content_block_start', content_block: value }])).toEqual([]);
  });

  it.each([
    ['a message', { type: 'message', id: 'x', role: 'x', model: 'x', stop_reason: 'x' }],
    ['a tool call', { type: 'tool_use', id: 'x', name: 'x', caller: { type: 'x', tool_id: 'x' } }],
    ['a tool result', { type: 'tool_result', tool_use_id: 'x', toolset_name: 'x' }],
    ['a search result', { type: 'web_search_result', encrypted_content: 'x' }],
    ['a citation', { type: 'web_search_result_location', encrypted_index: 'x', file_id: 'x' }],
    ['a file', { type: 'container_upload', file_id: 'x' }],
    ['a URL to load', { type: 'image', source: { type: 'url', url: 'x' } }],
  ])('exclude ids, names and encrypted properties of %s', (_, value) => {
    expect(textsIn(value)).toEqual([]);
  });

  it('use the last of duplicate types', () => {
    const text = '{"type":"text","text":"a","type":"thinking"}';
    expect(restorableFields(text, scanJson(text)).texts).toEqual([]);
  });

  it('include citations by character at any depth', () => {
    const text = '[{"citations":[{"type":"char_location"}]},{"type":"char_location"}]';
    expect(restorableFields(text, scanJson(text)).charLocations).toHaveLength(2);
  });

  it('include texts at any depth', () => {
    const depth = 100_000;
    const text = `${'{"a":['.repeat(depth)}"x"${']}'.repeat(depth)}`;
    const { texts } = restorableFields(text, scanJson(text));
    expect(texts.filter(({ end, start }) => text.slice(start, end) === '"x"')).toHaveLength(1);
  });
});

// A value restored where the scrubber does not look would leak with the next turn.
describe('a restored text', () => {
  /** Texts that would be restored but not scrubbed again. */
  const missed = (text: string): string[] => {
    const before = '{"messages":[{"role":"assistant","content":[';
    const turn = `${before}${text}]}]}`;
    const { texts: sent, roles } = textFieldsOf(turn, scanJson(turn));
    const scrubbed = new Set(
      sent.filter((_, at) => roles[at] !== 'used').map(({ start }) => start),
    );
    const { texts } = restorableFields(text, scanJson(text));
    return texts
      .filter(({ start }) => !scrubbed.has(start + before.length))
      .map((node) => stringAt(text, node));
  };

  const cases = replyCases().filter(({ body }) => body.toString().startsWith('{'));
  it.each(cases)('is scrubbed when it returns: $name', ({ body }) => {
    expect(missed(body.toString())).toEqual([]);
  });

  it('is scrubbed when it returns, in blocks of every kind', () => {
    const names =
      'type text input data name id ids tool_use_id source content schema input_schema title role ' +
      'input_examples metadata caller tool_name cache_control encrypted_content signature model';
    const key = fc.constantFrom(...names.split(' '));
    const type = fc.constantFrom('text', 'tool_use', 'thinking', 'bash_20250124', 'base64', 'x');
    const { value } = fc.letrec<{ value: unknown; fields: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        type,
        fc.array(tie('value'), { maxLength: 3 }),
        tie('fields'),
      ),
      fields: fc
        .tuple(type, fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }))
        .map(([name, rest]) => ({ type: name, ...rest })),
    }));
    const property = fc.property(value, (json) => {
      expect(missed(JSON.stringify(json))).toEqual([]);
    });
    checkProperty(property, { runs: 500 });
  });
});
