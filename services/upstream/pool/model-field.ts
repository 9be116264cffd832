// The model a request names, and the same request naming another.

import type { JsonString } from '../../../shared/json/parse.ts';
import { everyProperty, splice, stringAt, stringLiteral } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { parseTopLevel, type TopLevel } from '../../../shared/anthropic/parsed-request.ts';

/** The last of all that are written, as most readers take it; undefined where there is none. */
export function namedModel(body: Uint8Array): string | undefined {
  if (body.byteLength === 0) return undefined;
  const top = parseTopLevel(body, limits);
  const last = modelSpans(top).at(-1);
  return last && stringAt(top.text, last);
}

/** Nothing else is changed; the same bytes where the name is the same. */
export function withModel(body: Uint8Array, model: string): Uint8Array {
  if (body.byteLength === 0) return body;
  const top = parseTopLevel(body, limits);
  const edits = modelSpans(top)
    .filter((span) => stringAt(top.text, span) !== model)
    .map(({ start, end }) => ({ start, end, text: stringLiteral(model) }));
  return edits.length === 0 ? body : Buffer.from(splice(top.text, edits));
}

function modelSpans({ text, root }: TopLevel): JsonString[] {
  return [...everyProperty(root, text, 'model')].filter((span) => span.kind === 'string');
}
