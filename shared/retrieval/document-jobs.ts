// What is to be done with documents, as it lies in the queue: put there by whoever administers them,
// taken by the worker that searches them. One job for a document at a time, so that an older version can
// never come after a newer one.

import { hash } from 'node:crypto';
import * as z from 'zod';

const named = { collection: z.string(), document: z.string() };

const documentJob = z.discriminatedUnion('kind', [
  /** Read the bytes of the job and index them, if they still are the document's. */
  z.strictObject({ kind: z.literal('index'), ...named, hash: z.string() }),
  /** Judge, embed and write anew what is in the index. */
  z.strictObject({ kind: z.literal('reindex'), ...named }),
  z.strictObject({ kind: z.literal('remove'), ...named }),
  /** Take a whole collection out of the index. */
  z.strictObject({ kind: z.literal('drop'), collection: z.string() }),
]);

export type DocumentJob = z.infer<typeof documentJob>;

/** Throws when it is no job of a document. */
export function readDocumentJob(data: unknown): DocumentJob {
  return documentJob.parse(data);
}

export function documentJobId(collection: string, document: string): string {
  return `${collection}/${document}`;
}

/** No document has an empty id. */
export function dropJobId(collection: string): string {
  return `${collection}/`;
}

/** The id of the document that is sent under this name: the same name is the same document. */
export function documentIdOf(name: string): string {
  return `doc_${hash('sha256', name, 'hex').slice(0, 16)}`;
}
