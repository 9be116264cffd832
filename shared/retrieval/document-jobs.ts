// The jobs in the document queue: added by the admin API and the command line, handled by the rag worker.
// One job per document at a time, so that an older version never overwrites a newer one.

import { hash } from 'node:crypto';
import * as z from 'zod';

const named = { collection: z.string(), document: z.string() };

const documentJob = z.discriminatedUnion('kind', [
  /** Index the job's bytes, unless the document has a newer version. */
  z.strictObject({ kind: z.literal('index'), ...named, hash: z.string() }),
  /** Check, embed and write the indexed passages again. */
  z.strictObject({ kind: z.literal('reindex'), ...named }),
  z.strictObject({ kind: z.literal('remove'), ...named }),
  /** Delete all passages of a collection. */
  z.strictObject({ kind: z.literal('drop'), collection: z.string() }),
]);

export type DocumentJob = z.infer<typeof documentJob>;

/** @throws ZodError when `data` is not a document job. */
export function readDocumentJob(data: unknown): DocumentJob {
  return documentJob.parse(data);
}

export function documentJobId(collection: string, document: string): string {
  return `${collection}/${document}`;
}

/** Cannot clash with `documentJobId`, as no document id is empty. */
export function dropJobId(collection: string): string {
  return `${collection}/`;
}

/** The same name is the same document. */
export function documentIdOf(name: string): string {
  return `doc_${hash('sha256', name, 'hex').slice(0, 16)}`;
}
