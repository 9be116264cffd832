// Validates stored collection and document records. Loose objects: a newer process may have written
// fields this one does not know.

import * as z from 'zod';
import {
  DOCUMENT_STATES,
  INJECT_MODES,
  type CollectionRecord,
  type DocumentRecord,
} from '../retrieval/collections.ts';

const collectionRecord = z.looseObject({
  name: z.string(),
  createdAt: z.number(),
  revision: z.number(),
  team: z.string().exactOptional(),
  scrub: z.boolean(),
  inject: z.enum(INJECT_MODES),
  citations: z.boolean(),
  passagesMax: z.number(),
  tokensMax: z.number(),
  coverageMin: z.number(),
  deadlineMs: z.number(),
  deadline: z.string().exactOptional(),
  onError: z.enum(['open', 'closed']),
});

const documentRecord = z.looseObject({
  collection: z.string(),
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  bytes: z.number(),
  state: z.enum(DOCUMENT_STATES),
  progress: z.number().exactOptional(),
  error: z.string().exactOptional(),
  passages: z.number().exactOptional(),
  withheld: z.number().exactOptional(),
  revision: z.string().exactOptional(),
  missing: z.literal(true).exactOptional(),
  createdAt: z.number(),
  indexedAt: z.number().exactOptional(),
});

/** @throws ZodError when `stored` is not a collection record. */
export function readCollectionRecord(stored: unknown): CollectionRecord {
  return collectionRecord.parse(stored);
}

/** @throws ZodError when `stored` is not a document record. */
export function readDocumentRecord(stored: unknown): DocumentRecord {
  return documentRecord.parse(stored);
}
