// Locations of a passage index as plain data, so that index-process.ts can open them too.

import type { PassageIndex } from '../../services/rag/passage-index/passage-index.ts';
import { openPostgresIndex } from '../../services/rag/passage-index/postgres.ts';
import { openSqliteIndex } from '../../services/rag/passage-index/sqlite.ts';

export type IndexPlace = { readonly directory: string } | { readonly url: string };

export async function openIndexAt(place: IndexPlace): Promise<PassageIndex> {
  return 'url' in place ? await openPostgresIndex(place.url) : openSqliteIndex(place.directory);
}
