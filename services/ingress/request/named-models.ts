// Checks the models of a request for keys that may use only some: `model`, `fallbacks` and those of
// advisor tools. Every duplicate of a field counts, because parsers differ in which one they take.

import { LlmpError } from '../../../shared/errors.ts';
import { scanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { everyProperty, stringAt } from '../../../shared/json/edit.ts';
import type { JsonLimits } from '../../../shared/limits.ts';
import type { RequestBody } from '../../../shared/protocol/body.ts';

/**
 * @param allowed the models of the key; `undefined` allows all
 * @param body JSON that message-request.ts has validated
 * @throws `policy_blocked` if `body` names another model
 */
export function checkModels(
  allowed: readonly string[] | undefined,
  body: RequestBody,
  limits: JsonLimits,
): void {
  if (allowed === undefined) return;
  const { text, root } = body.parseTopLevel(limits);
  const named = [...everyProperty(root, text, 'model')].flatMap((node) => textOf(node, text));
  for (const field of ['fallbacks', 'tools']) {
    for (const node of everyProperty(root, text, field)) {
      // A string instead of a list lets the upstream choose, regardless of the key.
      if (node.kind === 'string' && field === 'fallbacks') throw rejection(allowed);
      // Scan only this part in depth, not every message.
      const part = text.slice(node.start, node.end);
      const list = scanList(part, limits);
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

function scanList(text: string, { depthMax, valuesMax }: JsonLimits): JsonNode {
  try {
    return scanJson(text, { depthMax, valuesMax, listedDepthMax: 2 });
  } catch {
    throw new LlmpError('invalid_request', 'body: holds more values than the gateway allows');
  }
}

/** The upstream rejects values that are not strings. */
function textOf(node: JsonNode, text: string): string[] {
  return node.kind === 'string' ? [stringAt(text, node)] : [];
}

function rejection(allowed: readonly string[]): LlmpError {
  return new LlmpError(
    'policy_blocked',
    `This API key may use only these models, also as fallback or advisor: ${allowed.join(', ')}.`,
  );
}
