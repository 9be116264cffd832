// The model a request names, and the same request naming another.

import { scanJson } from '../../../shared/json-scan.ts';
import { everyMember, splice, stringAt, stringLiteral } from '../../../shared/json-splice.ts';

/** The last of all that are written, as most readers take it; undefined where there is none. */
export function namedModel(body: Uint8Array): string | undefined {
  const text = textOf(body);
  const spans = modelSpans(text);
  const last = spans.at(-1);
  return last && stringAt(text, last);
}

/** Nothing else is changed; the same bytes where the name is the same. */
export function withModel(body: Uint8Array, model: string): Uint8Array {
  const text = textOf(body);
  const edits = modelSpans(text)
    .filter((span) => stringAt(text, span) !== model)
    .map(({ start, end }) => ({ start, end, text: stringLiteral(model) }));
  return edits.length === 0 ? body : Buffer.from(splice(text, edits));
}

function modelSpans(text: string) {
  if (text === '') return [];
  const root = scanJson(text, { listedDepthMax: 1 });
  return [...everyMember(root, text, 'model')].filter((span) => span.kind === 'string');
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
