// What has to be changed in a request so that it has its passages: the blocks themselves, whether they
// are cited, and the numbers of search results in what was cited before.

import { numberingOf, renumberingEdits } from '../../shared/anthropic/citation-numbers.ts';
import type { CollectionRecord } from '../../shared/retrieval/collections.ts';
import type { Edit } from '../../shared/json/edit.ts';
import type { JsonNode } from '../../shared/json/parse.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import { citedBlock, isSearchResult } from './blocks.ts';
import type { Turn } from './conversation.ts';
import { contentEdit, systemEdit } from './augment.ts';
import { hasOutputFormat, sourcesOf } from './sources.ts';
import type { Augmentation } from './pinned.ts';

/** What goes into a turn, or into the system prompt. */
export interface Placed {
  readonly turn: Turn;
  readonly injection: Augmentation;
}

export interface Plan {
  readonly edits: readonly Edit[];
  /** The client's number of each search result of the request; absent where both sides count alike. */
  readonly searchResults?: number[];
}

/** `first` is the key's first collection, whose setting counts where the client has no sources of its own. */
export function planOf(
  { text, root }: ParsedRequest,
  messages: readonly JsonNode[],
  placed: readonly Placed[],
  first: Pick<CollectionRecord, 'citations'> | undefined,
): Plan {
  if (placed.length === 0) return { edits: [] };
  const sources = sourcesOf(text, messages);
  // Of all sources of a request either all are cited or none, and the client's come first.
  const areCited =
    sources.areCited ?? ((first?.citations ?? false) && !hasOutputFormat(text, root));
  const counts = sources.ownByMessage.map((own) => ({ own, added: 0 }));
  const edits: Edit[] = [];
  for (const { turn, injection } of placed) {
    const blocks = areCited ? injection.blocks.map(citedBlock) : injection.blocks;
    if (injection.mode === 'system') edits.push(...systemEdit(text, root, blocks));
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
