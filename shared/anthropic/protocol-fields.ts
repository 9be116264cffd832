// Parts of Anthropic's objects that contain no text. Scrubber and restorer must agree on them: a
// value restored where the scrubber does not look would leak with the next turn.

/** Blocks that are signed, encrypted, or must be returned byte for byte. */
export const UNTOUCHABLE_BLOCKS: ReadonlySet<string> = new Set([
  'thinking',
  'redacted_thinking',
  'compaction',
  'mcp_tool_listing',
]);

const PROTOCOL_KEYS = new Set([
  'authorization_token',
  'cache_control',
  'caller',
  'data',
  'fallback_credit_token',
  'id',
  'ids',
  'media_type',
  'model',
  'role',
  'server_name',
  'signature',
  'tool_name',
  'toolset_name',
  'type',
]);

/** Whether a key holds identifiers, enumerations, signatures or base64. */
export function isProtocolKey(name: string): boolean {
  return PROTOCOL_KEYS.has(name) || name.endsWith('_id') || name.startsWith('encrypted_');
}
