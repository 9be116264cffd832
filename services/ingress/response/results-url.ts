// Where the results of a batch are: SDKs send their key to the host that a batch names. They take a path as
// one of the host they know, which a gateway behind proxies does not.

import { everyProperty, stringAt, stringLiteral, type Edit } from '../../../shared/json/edit.ts';
import { JsonBoundError, JsonSyntaxError, type JsonNode } from '../../../shared/json/parse.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import { LlmpError } from '../../../shared/errors.ts';
import { RequestBody } from '../../../shared/protocol/body.ts';

const FIELD = 'results_url';
const RESULTS = /\/v1\/messages\/batches\/[\w-]{1,200}\/results$/;
/** Nodes looked at between two yields. */
const STEP_NODES = 1_024;

/**
 * The bytes with the path alone in every `results_url`; other bytes stay as they are.
 * @throws `upstream_invalid_response` where the host of results cannot be taken out
 */
export function* resultsUrlSteps(
  bytes: Uint8Array,
  limits: JsonLimits,
): Generator<void, Uint8Array> {
  const body = new RequestBody(bytes);
  try {
    const { root, text } = yield* body.treeSteps(limits);
    const edits = yield* editsOf(root, text);
    return edits.length === 0 ? bytes : (yield* body.editSteps(edits)).bytes;
  } catch (error) {
    const isUnreadable = error instanceof JsonSyntaxError || error instanceof JsonBoundError;
    // A page of a proxy names no results.
    if (isUnreadable && !Buffer.from(bytes).includes(FIELD)) return bytes;
    throw isUnreadable ? unusable(error) : error;
  }
}

function* editsOf(root: JsonNode, text: string): Generator<void, Edit[]> {
  const edits: Edit[] = [];
  const left = [root];
  let seen = 0;
  for (let node = left.pop(); node; node = left.pop()) {
    if ((seen += 1) % STEP_NODES === 0) yield;
    if (node.kind === 'array') left.push(...node.items);
    if (node.kind !== 'object') continue;
    left.push(...node.properties.map(({ value }) => value));
    for (const value of everyProperty(node, text, FIELD)) {
      if (value.kind === 'null') continue;
      if (value.kind !== 'string') throw unusable();
      const path = RESULTS.exec(URL.parse(stringAt(text, value), 'http://gateway')?.pathname ?? '');
      if (!path) throw unusable();
      edits.push({ start: value.start, end: value.end, text: stringLiteral(path[0]) });
    }
  }
  return edits;
}

function unusable(cause?: unknown): LlmpError {
  const message = 'The upstream names results of a batch at a place that the gateway cannot serve.';
  return new LlmpError('upstream_invalid_response', message, { cause });
}
