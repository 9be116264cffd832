// Builds the edits that add passages to a request: the blocks, their citation setting, and renumbered
// citations of search results in earlier responses.

import { numberingOf, renumberingEdits } from '../../shared/anthropic/citation-numbers.ts';
import type { CollectionRecord } from '../../shared/retrieval/collections.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { JsonNode } from '../../shared/json/parse.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { citedBlock, contentEdit, isSearchResult, systemEdit } from './augment.ts';
import type { Turn } from './conversation.ts';
import { hasOutputFormat, sourcesOf } from './sources.ts';
import type { Augmentation } from './pinned.ts';

/** Blocks added to a turn or to the system prompt. */
export interface Placement {
  readonly turn: Turn;
  readonly augmentation: Augmentation;
}

export interface Rewrite {
  readonly edits: readonly Edit[];
  /** The client's index of each search result; absent if both sides number them alike. */
  readonly searchResults?: number[];
}

/** @param first the key's first collection, whose citation setting applies if the client has no sources */
export function rewriteOf(
  { text, root }: ParsedRequest,
  messages: readonly JsonNode[],
  placements: readonly Placement[],
  first: Pick<CollectionRecord, 'citations'> | undefined,
): Rewrite {
  if (placements.length === 0) return { edits: [] };
  const sources = sourcesOf(text, messages);
  // The API cites all sources or none; the client's choice wins.
  const areCited =
    sources.areCited ?? ((first?.citations ?? false) && !hasOutputFormat(text, root));
  const counts = sources.ownByMessage.map((own) => ({ own, added: 0 }));
  const edits: Edit[] = [];
  for (const { turn, augmentation } of placements) {
    const blocks = areCited ? augmentation.blocks.map(citedBlock) : augmentation.blocks;
    if (augmentation.mode === 'system') edits.push(...systemEdit(text, root, blocks));
    else edits.push(...contentEdit(text, turn.content, blocks));
    const count = counts[turn.message];
    if (count) count.added += blocks.filter(isSearchResult).length;
  }
  for (const { message, citation } of sources.citations) {
    const { toUpstream } = numberingOf(counts.slice(0, message));
    edits.push(...renumberingEdits(text, citation, toUpstream));
  }
  const { toClient } = numberingOf(counts);
  const isShifted = toClient.some((client, upstream) => client !== upstream);
  return isShifted ? { edits, searchResults: [...toClient] } : { edits };
}
