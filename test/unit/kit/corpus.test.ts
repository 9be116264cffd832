// The corpus must cover every kind of message; these lists follow the API contract.

import { describe, expect, it } from 'vitest';
import { replyCases, requestCases } from '../../kit/corpus.ts';

const REQUESTS = requestCases();
const REPLIES = replyCases();
const STREAMS = REPLIES.filter(({ name }) => name.startsWith('stream-'));
const BUFFERED_REPLIES = REPLIES.filter((reply) => !STREAMS.includes(reply));

/** Blocks allowed in both requests and responses. */
const SHARED_BLOCKS = [
  'text',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'server_tool_use',
  'web_search_tool_result',
  'web_fetch_tool_result',
  'code_execution_tool_result',
  'encrypted_code_execution_result',
  'bash_code_execution_tool_result',
  'text_editor_code_execution_tool_result',
  'tool_search_tool_result',
  'container_upload',
  'mcp_tool_use',
  'mcp_tool_result',
  'mcp_tool_listing',
  'advisor_tool_result',
  'advisor_redacted_result',
  'compaction',
  'fallback',
];

const INPUT_BLOCKS = [
  ...SHARED_BLOCKS,
  'image',
  'document',
  'search_result',
  'tool_result',
  'tool_reference',
  'browser_state',
  'tool_addition',
  'tool_removal',
  'tool_definition',
];

const STREAM_TYPES = [
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'error',
  'text_delta',
  'input_json_delta',
  'thinking_delta',
  'signature_delta',
  'citations_delta',
  'compaction_delta',
];

const STOP_REASONS = [
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
];

const FIELDS =
  `model max_tokens messages system tools tool_choice thinking metadata output_config output_format
  cache_control stop_sequences stream service_tier speed inference_geo container diagnostics
  temperature top_p top_k context_management compaction mcp_servers fallbacks fallback_credit_token
  thread billing_policy safeguards tags`.split(/\s+/);

/** The `needles` that occur, as JSON text, in none of the messages. */
function missing(
  needles: readonly string[],
  messages: readonly { readonly body: Buffer }[],
  text: (needle: string) => RegExp,
): string[] {
  const bodies = messages.map(({ body }) => body.toString());
  return needles.filter((needle) => !bodies.some((body) => text(needle).test(body)));
}

const typed = (type: string) => new RegExp(`"type": ?"${type}"`);

describe('the fidelity corpus', () => {
  it('has dozens of messages, each with a unique name', () => {
    expect(REQUESTS.length).toBeGreaterThanOrEqual(50);
    expect(REPLIES.length).toBeGreaterThanOrEqual(40);
  });

  it('names an existing reply in each request', () => {
    const names = new Set(REPLIES.map(({ name }) => name));
    const expected = REQUESTS.map(
      ({ headers }) => headers[headers.indexOf('x-test-reply') + 1] ?? '',
    );
    expect(expected.filter((name) => !names.has(name))).toEqual([]);
  });

  it('holds every input block type', () => {
    expect(missing(INPUT_BLOCKS, REQUESTS, typed)).toEqual([]);
  });

  it('holds every output block type, in a buffered response and in a stream', () => {
    expect(missing(SHARED_BLOCKS, BUFFERED_REPLIES, typed)).toEqual([]);
    expect(missing(SHARED_BLOCKS, STREAMS, typed)).toEqual([]);
  });

  it('holds every event and delta type', () => {
    expect(missing(STREAM_TYPES, STREAMS, typed)).toEqual([]);
  });

  it('holds every stop reason', () => {
    expect(
      missing(STOP_REASONS, REPLIES, (reason) => new RegExp(`"stop_reason":"${reason}"`)),
    ).toEqual([]);
  });

  it('holds every request field', () => {
    expect(missing(FIELDS, REQUESTS, (field) => new RegExp(`"${field}" ?:`))).toEqual([]);
  });

  it('holds JSON that a parser and a serializer would change', () => {
    const changed = REQUESTS.filter(({ name }) => name.startsWith('json-')).filter(
      ({ body }) => JSON.stringify(JSON.parse(body.toString())) !== body.toString(),
    );
    expect(changed.length).toBeGreaterThanOrEqual(12);
  });
});
