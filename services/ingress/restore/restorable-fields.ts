// Finds the response texts in which values may be restored: exactly those that are scrubbed again
// when the response comes back in the next turn. Signed and encrypted content keeps its tokens.

import type { JsonObject, JsonNode, JsonString } from '../../../shared/json/parse.ts';
import { stringAt, textProperty } from '../../../shared/json/edit.ts';
import { isProtocolKey, UNTOUCHABLE_BLOCKS } from '../../../shared/anthropic/protocol-fields.ts';

export interface RestorableFields {
  /** String values, and the keys of tool inputs. */
  readonly texts: readonly JsonString[];
  /** Citations with offsets into a document's text. */
  readonly charLocations: readonly JsonObject[];
  /** Citations of search results by index. */
  readonly resultLocations: readonly JsonObject[];
}

/** The stream deltas of `UNTOUCHABLE_BLOCKS`. */
const UNTOUCHABLE_DELTAS = new Set(['thinking_delta', 'signature_delta', 'compaction_delta']);

/** Keys that hold text only in requests; in a response they hold names. */
const NAME_KEYS = new Set(['input_schema', 'name', 'schema', 'stop_reason']);

/** Iterative, because a response may be nested deeper than the call stack. */
export function restorableFields(text: string, root: JsonNode): RestorableFields {
  const texts: JsonString[] = [];
  const charLocations: JsonObject[] = [];
  const resultLocations: JsonObject[] = [];
  // `free`: user-defined JSON such as a tool's input, where all strings and keys are text.
  const pending: { value: JsonNode; free: boolean }[] = [{ value: root, free: false }];

  const visitObject = (object: JsonObject, free: boolean): void => {
    const type = free ? undefined : textProperty(object, text, 'type');
    if (type !== undefined && isUntouchable(type)) return;
    if (type === 'char_location') charLocations.push(object);
    if (type === 'search_result_location') resultLocations.push(object);
    for (const { key, value } of object.properties) {
      if (free) texts.push(key);
      const name = free ? '' : stringAt(text, key);
      if (!NAME_KEYS.has(name) && !isProtocolKey(name))
        pending.push({ value, free: free || name === 'input' });
    }
  };

  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, free } = next;
    if (value.kind === 'string') texts.push(value);
    else if (value.kind === 'object') visitObject(value, free);
    else if (value.kind === 'array') {
      for (const item of value.items) pending.push({ value: item, free });
    }
  }
  return { texts, charLocations, resultLocations };
}

function isUntouchable(type: string): boolean {
  return UNTOUCHABLE_BLOCKS.has(type) || UNTOUCHABLE_DELTAS.has(type);
}
