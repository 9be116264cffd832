// The order of the prompt prefix, which prompt caches and thinking signatures cover.

import { stringAt } from '../json/edit.ts';
import type { JsonObject, Property } from '../json/parse.ts';

const PROMPT_ORDER = ['tools', 'system', 'messages'];

/** The fields of a request in the order in which the upstream assembles the prompt. */
export function inPromptOrder(text: string, request: JsonObject): readonly Property[] {
  const ranked: Property[][] = PROMPT_ORDER.map(() => []);
  const others: Property[] = [];
  for (const each of request.properties) {
    (ranked[PROMPT_ORDER.indexOf(stringAt(text, each.key))] ?? others).push(each);
  }
  return ranked.flat().concat(others);
}
