// Citations refer to search results by their number within the request. Passages that the gateway
// adds would shift the client's numbers, so citations are renumbered in both directions.

import type { JsonObject } from '../json/parse.ts';
import { property, type Edit } from '../json/edit.ts';

/** Number of search results in a message: the client's own, followed by those the gateway added. */
export interface ResultCounts {
  readonly own: number;
  readonly added: number;
}

export interface Numbering {
  /** Client number by upstream number; added results are numbered after all of the client's own. */
  readonly toClient: readonly number[];
  /** Upstream number by client number. */
  readonly toUpstream: readonly number[];
}

/** Numbers the results of consecutive messages for both sides. */
export function numberingOf(messages: readonly ResultCounts[]): Numbering {
  const ownTotal = messages.reduce((sum, { own }) => sum + own, 0);
  const toClient: number[] = [];
  let ownBefore = 0;
  let addedBefore = 0;
  for (const { own, added } of messages) {
    for (let index = 0; index < own; index += 1) toClient.push(ownBefore + index);
    for (let index = 0; index < added; index += 1) toClient.push(ownTotal + addedBefore + index);
    ownBefore += own;
    addedBefore += added;
  }
  const toUpstream: number[] = [];
  for (const [upstream, client] of toClient.entries()) toUpstream[client] = upstream;
  return { toClient, toUpstream };
}

/** The edit that renumbers a citation; empty if its number stays the same or is missing. */
export function renumberingEdits(
  text: string,
  citation: JsonObject,
  numbers: readonly number[] | undefined,
): Edit[] {
  const index = property(citation, text, 'search_result_index');
  if (!numbers || index?.kind !== 'number') return [];
  const { start, end } = index;
  const literal = text.slice(start, end);
  const renumbered = /^\d+$/.test(literal) ? numbers[Number(literal)] : undefined;
  return renumbered === undefined || String(renumbered) === literal
    ? []
    : [{ start, end, text: String(renumbered) }];
}
