// The fields of objects that differ by type: content blocks, their sources, tools, and the messages and
// events of a response. Types that are not listed are unknown, and so are all their fields.

import { fields, type Fields, type Listed } from './protocol-fields.ts';

/**
 * Blocks of a response in which no value is restored, and their deltas: they are signed or encrypted, or
 * must be returned byte for byte.
 */
export const UNTOUCHABLE_BLOCKS: ReadonlySet<string> = new Set([
  'thinking',
  'redacted_thinking',
  'compaction',
  'mcp_tool_listing',
  'thinking_delta',
  'signature_delta',
  'compaction_delta',
]);

/** Signed and encrypted fields, in the blocks that have them. */
const SIGNED: Listed = { sealed: 'thinking data signature content encrypted_content' };
const TOOL_USE: Listed = { protocol: 'id', sealed: 'name', caller: 'caller', free: 'input' };
const TOOL_RESULT: Listed = {
  protocol: 'tool_use_id is_error',
  caller: 'caller',
  block: 'content',
};
const CITATION: Listed = {
  protocol:
    'document_index start_char_index end_char_index start_page_number end_page_number ' +
    'start_block_index end_block_index search_result_index file_id',
  text: 'cited_text document_title title source url',
};
const PROGRAM_OUTPUT: Listed = {
  protocol: 'return_code',
  sealed: 'encrypted_stdout',
  text: 'stdout stderr',
  block: 'content',
};
const FILE: Listed = { protocol: 'file_id' };
const FAILURE: Listed = { protocol: 'error_code', text: 'error_message' };
const TOOL_CHANGE: Listed = { block: 'tool', tool: 'tools' };

/** Fields by block type. */
export const BLOCKS: ReadonlyMap<string, Fields> = byType([
  ['text', { text: 'text', block: 'citations' }],
  ['thinking redacted_thinking compaction', { ...SIGNED, block: 'tool_changes' }],
  // Must be returned as it came, but is neither signed nor encrypted.
  ['mcp_tool_listing', { sealed: 'mcp_server_name', verbatim: 'tools' }],
  ['image', { source: 'source', protocol: 'transformations' }],
  ['document', { source: 'source', text: 'title context', configs: 'citations' }],
  ['search_result', { text: 'source title', block: 'content', configs: 'citations' }],
  ['tool_use', { ...TOOL_USE, sealed: 'name toolset_name' }],
  ['server_tool_use', TOOL_USE],
  ['mcp_tool_use', { ...TOOL_USE, sealed: 'name server_name' }],
  ['tool_result', { ...TOOL_RESULT, sealed: 'toolset_name' }],
  ['mcp_tool_result advisor_tool_result', TOOL_RESULT],
  ['web_search_tool_result web_fetch_tool_result tool_search_tool_result', TOOL_RESULT],
  ['code_execution_tool_result bash_code_execution_tool_result', TOOL_RESULT],
  ['text_editor_code_execution_tool_result', TOOL_RESULT],
  ['web_search_result', { text: 'title url page_age', sealed: 'encrypted_content' }],
  ['web_fetch_result', { text: 'url retrieved_at', block: 'content' }],
  ['code_execution_result bash_code_execution_result', PROGRAM_OUTPUT],
  ['encrypted_code_execution_result', PROGRAM_OUTPUT],
  ['code_execution_output bash_code_execution_output container_upload', FILE],
  [
    'text_editor_code_execution_view_result',
    { text: 'content', protocol: 'file_type num_lines start_line total_lines' },
  ],
  ['text_editor_code_execution_create_result', { protocol: 'is_file_update' }],
  [
    'text_editor_code_execution_str_replace_result',
    { text: 'lines', protocol: 'new_lines new_start old_lines old_start' },
  ],
  ['web_search_tool_result_error web_fetch_tool_result_error', FAILURE],
  ['tool_search_tool_result_error advisor_tool_result_error', FAILURE],
  ['code_execution_tool_result_error bash_code_execution_tool_result_error', FAILURE],
  ['text_editor_code_execution_tool_result_error', FAILURE],
  ['advisor_result', { text: 'text', protocol: 'stop_reason' }],
  ['advisor_redacted_result', { sealed: 'encrypted_content', protocol: 'stop_reason' }],
  ['tool_reference', { sealed: 'name tool_name' }],
  ['mcp_tool_reference', { sealed: 'name server_name' }],
  ['mcp_toolset_reference', { sealed: 'server_name' }],
  ['tool_search_tool_search_result', { block: 'tool_references' }],
  ['tool_addition tool_removal', TOOL_CHANGE],
  ['tool_definition', { tool: 'definition' }],
  ['browser_state', { tab: 'tabs', stateChange: 'state_changes' }],
  ['fallback', { fallback: 'from to' }],
  ['char_location page_location content_block_location', CITATION],
  ['search_result_location', CITATION],
  ['web_search_result_location', { ...CITATION, sealed: 'encrypted_index' }],
]);

/** Fields of the messages and events of a response, where blocks are as in a request. */
export const RESPONSES: ReadonlyMap<string, Fields> = new Map([
  ...BLOCKS,
  ...byType([
    [
      'message',
      {
        protocol: 'id role stop_reason',
        sealed: 'model',
        block: 'content usage',
        text: 'stop_sequence',
        stopDetails: 'stop_details',
        container: 'container',
      },
    ],
    ['message_start', { block: 'message' }],
    ['message_delta', { messageDelta: 'delta', block: 'usage' }],
    ['content_block_start', { protocol: 'index', block: 'content_block' }],
    ['content_block_delta', { protocol: 'index', block: 'delta' }],
    ['content_block_stop', { protocol: 'index' }],
    ['text_delta', { text: 'text' }],
    ['input_json_delta', { text: 'partial_json' }],
    ['citations_delta', { block: 'citation' }],
    ['error', { protocol: 'request_id', failure: 'error' }],
  ]),
]);

/** Fields by type of an image's or document's source. */
export const SOURCES: ReadonlyMap<string, Fields> = byType([
  ['base64', { protocol: 'media_type', media: 'data' }],
  ['text', { protocol: 'media_type', text: 'data' }],
  ['url', { used: 'url' }],
  ['content', { block: 'content' }],
  ['file', FILE],
]);

/** Fields of base64 media, which unknown blocks may hold as well. */
export const MEDIA = SOURCES.get('base64');

const ANY_TOOL: Listed = {
  sealed: 'name',
  text: 'description',
  schema: 'input_schema',
  free: 'input_examples',
  protocol: 'strict defer_loading allowed_callers eager_input_streaming',
};

/** Fields of tools that the client defines, and those that all tools have. */
export const CUSTOM_TOOL = fields(ANY_TOOL);

/** Fields of the tools that Anthropic defines. */
const NATIVE_TOOL = fields(ANY_TOOL, {
  sealed: 'mcp_server_name model',
  protocol:
    'max_uses max_tokens max_characters max_content_tokens response_inclusion enable_zoom use_cache ' +
    'display_width_px display_height_px display_number',
  used: 'allowed_domains blocked_domains',
  location: 'user_location',
  configs: 'configs default_config citations',
  cacheControl: 'caching',
  tool: 'tools',
});

/** Names of Anthropic's tools, which end in a date. */
const NATIVE_TYPE =
  /^(?:(?:web_search|web_fetch|code_execution|bash|text_editor|memory|advisor)_\d{8}|(?:computer|browser)(?:_toolset)?_\d{8}|tool_search_tool_(?:bm25|regex)(?:_\d{8})?|mcp_toolset)$/;

export function toolFields(type: string | undefined): Fields {
  return type !== undefined && NATIVE_TYPE.test(type) ? NATIVE_TOOL : CUSTOM_TOOL;
}

function byType(rows: readonly (readonly [types: string, listed: Listed])[]): Map<string, Fields> {
  return new Map(
    rows.flatMap(([types, listed]) => {
      const own = fields(listed);
      return types.split(' ').map((type) => [type, own] as const);
    }),
  );
}
