// The rag worker's report to the ingress: the response header, and how to renumber citations.

import * as z from 'zod';
import { readWhole } from '../protocol/skew.ts';

const retrievalReportSchema = z.strictObject({
  /** Value of the response header `x-llmp-rag`. */
  header: z.string(),
  /**
   * Maps the upstream's index of a search result to the client's: the client's own results come first,
   * the added ones after them. Absent when both are the same.
   */
  searchResults: z.array(z.int().nonnegative()).exactOptional(),
});

export type RetrievalReport = z.infer<typeof retrievalReportSchema>;

export function encodeRetrievalReport(report: RetrievalReport): Uint8Array {
  return Buffer.from(JSON.stringify(report));
}

/** @throws UnreadableError for a newer one, or another TypeError when the bytes are not a retrieval report; the error quotes nothing. */
export function decodeRetrievalReport(bytes: Uint8Array): RetrievalReport {
  return readWhole(retrievalReportSchema, bytes, 'a retrieval report');
}
