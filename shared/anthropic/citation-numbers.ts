// Search results are counted through a request, and citations name them by number. What the gateway
// puts in between would shift the numbers of the client's own; so each side is shown its own count, and
// both can be had from the conversation before the citation alone.

import type { JsonObject } from '../json/parse.ts';
import { property, type Edit } from '../json/edit.ts';

/** Search results of a message: the client's own, and those put in after all of them. */
export interface ResultCounts {
  readonly own: number;
  readonly added: number;
}

export interface Numbering {
  /** By the upstream's number: the client's. Its own are counted first, those put in after them. */
  readonly toClient: readonly number[];
  /** By the client's number: the upstream's. */
  readonly toUpstream: readonly number[];
}

/** How the results of these messages, in their order, are numbered on both sides. */
export function numberingOf(messages: readonly ResultCounts[]): Numbering {
  const ownAll = messages.reduce((sum, { own }) => sum + own, 0);
  const toClient: number[] = [];
  let ownBefore = 0;
  let addedBefore = 0;
  for (const { own, added } of messages) {
    for (let at = 0; at < own; at += 1) toClient.push(ownBefore + at);
    for (let at = 0; at < added; at += 1) toClient.push(ownAll + addedBefore + at);
    ownBefore += own;
    addedBefore += added;
  }
  const toUpstream: number[] = [];
  for (const [upstream, client] of toClient.entries()) toUpstream[client] = upstream;
  return { toClient, toUpstream };
}

/** The edit that gives a citation its other number; none where it has no other, or none at all. */
export function renumberingEdits(
  text: string,
  citation: JsonObject,
  numbers: readonly number[] | undefined,
): Edit[] {
  const index = property(citation, text, 'search_result_index');
  if (!numbers || index?.kind !== 'number') return [];
  const { start, end } = index;
  const literal = text.slice(start, end);
  const other = /^\d+$/.test(literal) ? numbers[Number(literal)] : undefined;
  return other === undefined || String(other) === literal
    ? []
    : [{ start, end, text: String(other) }];
}
