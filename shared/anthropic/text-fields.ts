// Finds the texts of a request or response: everything that `protocol-fields.ts` and `block-fields.ts` do
// not define as something else.

import { finished } from '../runtime/finished.ts';
import type { JsonNode } from '../json/parse.ts';
import type { TextFields } from './found-texts.ts';
import type { Reading } from './protocol-fields.ts';
import { TextWalk } from './text-walk.ts';

export { TEXT_FIELD_PARTS, type Place, type TextFieldPart } from './text-place.ts';

export type { TextFields, TextRole } from './found-texts.ts';

/** Steps between two yields: about a millisecond. */
const STEPS_PER_YIELD = 16;

/** Finds the texts of a parsed body, a `request` by default; of a response, read it as a `block`. */
export function textFieldsOf(text: string, root: JsonNode, as?: Reading): TextFields {
  return finished(textFieldSteps(text, root, as));
}

/** Like `textFieldsOf`, in steps. Iterative, because bodies may be nested deeply. */
export function* textFieldSteps(
  text: string,
  root: JsonNode,
  as: Reading = 'request',
): Generator<void, TextFields> {
  return (yield* foundFieldSteps(text, root, as)).fields;
}

/** Like `textFieldSteps`, with the numbers of the strings whose values decided what is text. */
export function* foundFieldSteps(
  text: string,
  root: JsonNode,
  as: Reading = 'request',
): Generator<void, { readonly fields: TextFields; readonly decisive: readonly number[] }> {
  const walk = new TextWalk(text, root, as);
  for (let steps = 1; walk.step(); steps += 1) if (steps % STEPS_PER_YIELD === 0) yield;
  return { fields: walk, decisive: walk.decisive() };
}
