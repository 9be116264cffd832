// What in Anthropic's own objects is no text. Read by the scrubber on the way out and by the
// restorer on the way home, as the two must agree: a value put back where the scrubber does not
// look again would leave with the next turn.

/** Blocks that are signed or encrypted as a whole, or must come back byte for byte. */
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

/** Whether the values under a key are identifiers, enumerations, signatures or base64. */
export function isProtocolKey(name: string): boolean {
  return PROTOCOL_KEYS.has(name) || name.endsWith('_id') || name.startsWith('encrypted_');
}
