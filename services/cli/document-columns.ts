import type { DocumentView } from '../admin/documents.ts';
import { minuteOf } from './fields.ts';
import { NOTHING, type Column } from './table.ts';

export const DOCUMENT_COLUMNS: readonly Column<DocumentView>[] = [
  { title: 'id', of: ({ id }) => id, isKept: true },
  { title: 'state', of: ({ state }) => state, isKept: true, isState: true },
  { title: 'name', of: ({ name }) => name, isKept: true },
  { title: 'passages', of: ({ passages }) => String(passages ?? NOTHING) },
  {
    title: 'withheld',
    of: ({ withheld }) => String(withheld ?? NOTHING),
    short: ({ withheld }) => String(withheld || NOTHING),
  },
  { title: 'error', of: ({ error }) => error ?? NOTHING },
  {
    title: 'indexed',
    of: (view) => view.indexed_at ?? NOTHING,
    short: (view) => (view.indexed_at === null ? NOTHING : minuteOf(view.indexed_at)),
  },
];
