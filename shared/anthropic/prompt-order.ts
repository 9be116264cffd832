// The order of the prompt prefix, which prompt caches and thinking signatures cover.

import { stringAt } from '../json/edit.ts';
import type { JsonObject, Property } from '../json/parse.ts';

const PROMPT_ORDER = ['tools', 'system', 'messages'];

/** What such a name, or an escape in it, begins with. */
const FIRST = new Set(['\\', ...PROMPT_ORDER].map((name) => name.charCodeAt(0)));

/** The longest name, all of whose characters are escaped. */
const NAME_LENGTH_MAX = 6 * 'messages'.length;

/** The fields of which the upstream assembles the prompt, in that order, and all others. */
export function inPromptOrder(text: string, { properties }: JsonObject) {
  const ranked: Property[][] = PROMPT_ORDER.map(() => []);
  const others: Property[] = [];
  for (const each of properties) {
    const { start, end } = each.key;
    const mayBeRanked = end - start - 2 <= NAME_LENGTH_MAX && FIRST.has(text.charCodeAt(start + 1));
    const rank = mayBeRanked ? PROMPT_ORDER.indexOf(stringAt(text, each.key)) : -1;
    (ranked[rank] ?? others).push(each);
  }
  return { prompt: ranked.flat(), others };
}
