// Finds the response texts in which values may be restored: exactly those that are scrubbed again
// when the response comes back in the next turn. Signed and encrypted content keeps its placeholders.

import type { JsonObject, JsonNode, JsonString } from '../../../shared/json/parse.ts';
import { finished } from '../../../shared/runtime/finished.ts';
import { textFieldSteps } from '../../../shared/anthropic/text-fields.ts';

export interface RestorableFields {
  /** String values, and the keys of tool inputs. */
  readonly texts: readonly JsonString[];
  /** Those of the texts that are complete JSON values and may stand for numbers. */
  readonly values: ReadonlySet<JsonString>;
  /** Citations with offsets into a document's text. */
  readonly charLocations: readonly JsonObject[];
  /** Citations of search results by index. */
  readonly resultLocations: readonly JsonObject[];
}

export function restorableFields(text: string, root: JsonNode): RestorableFields {
  return finished(restorableSteps(text, root));
}

/** Texts between two steps: less than a millisecond. */
const STEP_TEXTS = 4_096;

/** Like `restorableFields`, in short steps. */
export function* restorableSteps(text: string, root: JsonNode): Generator<void, RestorableFields> {
  const fields = yield* textFieldSteps(text, root, 'block');
  const texts: JsonString[] = [];
  const values = new Set<JsonString>();
  for (const [index, node] of fields.texts.entries()) {
    if (index % STEP_TEXTS === STEP_TEXTS - 1) yield;
    const role = fields.roles[index];
    // The scrubber leaves what the upstream uses, so a value restored there would leak.
    if (node.kind !== 'string' || role === 'used') continue;
    texts.push(node);
    if (role === 'value') values.add(node);
  }
  const { citations: charLocations, resultCitations: resultLocations } = fields;
  return { texts, values, charLocations, resultLocations };
}
