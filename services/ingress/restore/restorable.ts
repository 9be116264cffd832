// Where in an answer values may be put back: in every text that is scrubbed again when the answer
// returns with the next turn, and nowhere else. So the signed and encrypted keep their tokens, and no
// value gets into a place where the scrubber would not find it.

import type { ObjectSpan, Span, StringSpan } from '../../../shared/json-scan.ts';
import { member, stringAt } from '../../../shared/json-splice.ts';

export interface Restorable {
  /** String values, and the keys of tool inputs. */
  readonly texts: readonly StringSpan[];
  /** Citations whose offsets refer to a document's text. */
  readonly charLocations: readonly ObjectSpan[];
}

/** Blocks and deltas that are signed, encrypted or to be sent back unchanged. */
const UNTOUCHED_TYPES = new Set([
  'thinking',
  'thinking_delta',
  'signature_delta',
  'redacted_thinking',
  'compaction',
  'compaction_delta',
  'mcp_tool_listing',
]);

/** Keys of the protocol's own objects whose values name things, or are no text. */
const UNTOUCHED_KEYS = new Set([
  'authorization_token',
  'cache_control',
  'caller',
  'data',
  'fallback_credit_token',
  'id',
  'ids',
  'input_schema',
  'media_type',
  'model',
  'name',
  'role',
  'schema',
  'server_name',
  'signature',
  'stop_reason',
  'tool_name',
  'toolset_name',
  'type',
]);

/** Iterative, as an answer may be nested deeper than the call stack. */
export function restorable(text: string, root: Span): Restorable {
  const texts: StringSpan[] = [];
  const charLocations: ObjectSpan[] = [];
  // `free`: somebody's own JSON, a tool's input; all strings and keys in it are text.
  const open: { value: Span; free: boolean }[] = [{ value: root, free: false }];

  const openObject = (object: ObjectSpan, free: boolean): void => {
    const type = free ? undefined : typeOf(text, object);
    if (type !== undefined && UNTOUCHED_TYPES.has(type)) return;
    if (type === 'char_location') charLocations.push(object);
    for (const { key, value } of object.entries) {
      if (free) texts.push(key);
      const name = free ? '' : stringAt(text, key);
      if (!isUntouched(name)) open.push({ value, free: free || name === 'input' });
    }
  };

  for (let next = open.pop(); next; next = open.pop()) {
    const { value, free } = next;
    if (value.kind === 'string') texts.push(value);
    else if (value.kind === 'object') openObject(value, free);
    else if (value.kind === 'array') {
      for (const item of value.items) open.push({ value: item, free });
    }
  }
  return { texts, charLocations };
}

/** The value of `type`, when it is there and a string. */
export function typeOf(text: string, object: Span): string | undefined {
  const type = member(object, text, 'type');
  return type?.kind === 'string' ? stringAt(text, type) : undefined;
}

function isUntouched(key: string): boolean {
  return UNTOUCHED_KEYS.has(key) || key.endsWith('_id') || key.startsWith('encrypted_');
}
