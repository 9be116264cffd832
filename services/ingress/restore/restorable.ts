// Where in an answer values may be put back: in every text that is scrubbed again when the answer
// returns with the next turn, and nowhere else. So the signed and encrypted keep their tokens, and no
// value gets into a place where the scrubber would not find it.

import type { JsonObject, JsonNode, JsonString } from '../../../shared/json/parse.ts';
import { stringAt, textProperty } from '../../../shared/json/edit.ts';
import { isProtocolKey, UNTOUCHABLE_BLOCKS } from '../../../shared/anthropic/protocol-fields.ts';

export interface Restorable {
  /** String values, and the keys of tool inputs. */
  readonly texts: readonly JsonString[];
  /** Citations whose offsets refer to a document's text. */
  readonly charLocations: readonly JsonObject[];
  /** Citations of search results by their number. */
  readonly resultLocations: readonly JsonObject[];
}

/** The same in a stream, where they come in deltas. */
const UNTOUCHABLE_DELTAS = new Set(['thinking_delta', 'signature_delta', 'compaction_delta']);

/** Keys that are text only in what a client says; in an answer they name things. */
const NAMES = new Set(['input_schema', 'name', 'schema', 'stop_reason']);

/** Iterative, as an answer may be nested deeper than the call stack. */
export function restorable(text: string, root: JsonNode): Restorable {
  const texts: JsonString[] = [];
  const charLocations: JsonObject[] = [];
  const resultLocations: JsonObject[] = [];
  // `free`: somebody's own JSON, a tool's input; all strings and keys in it are text.
  const open: { value: JsonNode; free: boolean }[] = [{ value: root, free: false }];

  const openObject = (object: JsonObject, free: boolean): void => {
    const type = free ? undefined : textProperty(object, text, 'type');
    if (type !== undefined && isUntouchable(type)) return;
    if (type === 'char_location') charLocations.push(object);
    if (type === 'search_result_location') resultLocations.push(object);
    for (const { key, value } of object.properties) {
      if (free) texts.push(key);
      const name = free ? '' : stringAt(text, key);
      if (!NAMES.has(name) && !isProtocolKey(name))
        open.push({ value, free: free || name === 'input' });
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
  return { texts, charLocations, resultLocations };
}

function isUntouchable(type: string): boolean {
  return UNTOUCHABLE_BLOCKS.has(type) || UNTOUCHABLE_DELTAS.has(type);
}
