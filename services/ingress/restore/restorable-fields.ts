// Finds the response texts in which values may be restored: exactly those that are scrubbed again
// when the response comes back in the next turn. Signed and encrypted content keeps its tokens.

import type { JsonObject, JsonNode, JsonString } from '../../../shared/json/parse.ts';
import { textFieldsOf } from '../../../shared/anthropic/text-fields.ts';

export interface RestorableFields {
  /** String values, and the keys of tool inputs. */
  readonly texts: readonly JsonString[];
  /** Those texts that are complete values of JSON of any form, and may stand for numbers. */
  readonly values: ReadonlySet<JsonString>;
  /** Citations with offsets into a document's text. */
  readonly charLocations: readonly JsonObject[];
  /** Citations of search results by index. */
  readonly resultLocations: readonly JsonObject[];
}

export function restorableFields(text: string, root: JsonNode): RestorableFields {
  const fields = textFieldsOf(text, root, 'block');
  const texts: JsonString[] = [];
  const values = new Set<JsonString>();
  for (const [index, node] of fields.texts.entries()) {
    const role = fields.roles[index];
    // The scrubber leaves what the upstream uses, so a value restored there would leak.
    if (node.kind !== 'string' || role === 'used') continue;
    texts.push(node);
    if (role === 'value') values.add(node);
  }
  const { citations: charLocations, resultCitations: resultLocations } = fields;
  return { texts, values, charLocations, resultLocations };
}
