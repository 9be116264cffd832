// Reads and replaces the `model` of a request body.

import type { JsonString } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt, stringLiteral } from '../../../shared/json/edit.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';
import type { UpstreamRequest } from '../transport.ts';

/** A `model` field of the body. */
export interface NamedModel {
  readonly name: string;
  readonly node: JsonString;
}

/** Every `model` of the body, including duplicates; most parsers take the last one. */
export function namedModels(
  { method, body }: UpstreamRequest,
  limits: JsonLimits,
): readonly NamedModel[] {
  if (method === 'GET' || body.size === 0) return [];
  const { text, root } = body.parseTopLevel(limits);
  return [...everyProperty(root, text, 'model')]
    .filter((node) => node.kind === 'string')
    .map((node) => ({ name: stringAt(text, node), node }));
}

/** Replaces every `model` and nothing else. */
export function withModel(
  body: RequestBody,
  named: readonly NamedModel[],
  model: string,
): RequestBody {
  const edits = named
    .filter(({ name }) => name !== model)
    .map(({ node: { start, end } }) => ({ start, end, text: stringLiteral(model) }));
  return edits.length === 0 ? body : body.edit(edits);
}
