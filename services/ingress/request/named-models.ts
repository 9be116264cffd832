// Which models a request names, for keys that may use only some. Not only `model`: the upstream also
// turns to those of `fallbacks` and of an advisor tool. All duplicates of a field count, as readers
// differ in which of them they take.

import { LlmpError } from '../../../shared/errors.ts';
import { scanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { parseTopLevel } from '../../../shared/anthropic/parsed-request.ts';

/**
 * Throws `policy_blocked` unless every model named in `body` is one of `allowed`; undefined allows
 * all. The body has been read by message-request.ts, so it is JSON of a bounded depth.
 */
export function checkModels(allowed: readonly string[] | undefined, body: Uint8Array): void {
  if (allowed === undefined) return;
  const { text, root } = parseTopLevel(body, limits);
  const named = [...everyProperty(root, text, 'model')].flatMap((span) => textOf(span, text));
  for (const field of ['fallbacks', 'tools']) {
    for (const span of everyProperty(root, text, field)) {
      // A word in place of a list leaves the choice to the upstream, which knows no keys of ours.
      if (span.kind === 'string' && field === 'fallbacks') throw rejection(allowed);
      // A copy, so that only this part is listed deeply, and not each message of the conversation.
      const part = text.slice(span.start, span.end);
      const list = listed(part);
      const items = list.kind === 'array' ? list.items : [];
      named.push(
        ...items
          .flatMap((item) => [...everyProperty(item, part, 'model')])
          .flatMap((model) => textOf(model, part)),
      );
    }
  }
  if (!named.every((model) => allowed.includes(model))) throw rejection(allowed);
}

function listed(text: string): JsonNode {
  const { jsonDepthMax: depthMax, jsonValuesMax: valuesMax } = limits;
  try {
    return scanJson(text, { depthMax, valuesMax, listedDepthMax: 2 });
  } catch {
    throw new LlmpError('invalid_request', 'body: holds more values than the gateway allows');
  }
}

/** What is no text names no model; the upstream refuses it in its own words. */
function textOf(span: JsonNode, text: string): string[] {
  return span.kind === 'string' ? [stringAt(text, span)] : [];
}

function rejection(allowed: readonly string[]): LlmpError {
  return new LlmpError(
    'policy_blocked',
    `This API key may use only these models, also as fallback or advisor: ${allowed.join(', ')}.`,
  );
}
