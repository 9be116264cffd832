// What the rag worker has done to a request, told to its ingress alone: the header for the client, and how
// the answer's citations are numbered for it.

import * as z from 'zod';

const retrievalReportSchema = z.strictObject({
  /** Value of the response header `x-llmp-rag`. */
  header: z.string(),
  /**
   * By index of a search result as the upstream counts it: as the client does, whose own come first, in
   * their order, and those put in after them. Absent where both count alike.
   */
  searchResults: z.array(z.int().nonnegative()).exactOptional(),
});

export type RetrievalReport = z.infer<typeof retrievalReportSchema>;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

export function encodeRetrievalReport(retrievalReport: RetrievalReport): Uint8Array {
  return Buffer.from(JSON.stringify(retrievalReport));
}

/** Throws when the bytes are not an retrieval report; the error quotes nothing. */
export function decodeRetrievalReport(bytes: Uint8Array): RetrievalReport {
  try {
    return retrievalReportSchema.parse(JSON.parse(UTF8.decode(bytes)));
  } catch {
    throw new TypeError('The bytes are not an insertion.');
  }
}
