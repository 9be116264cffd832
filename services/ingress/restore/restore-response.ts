// Replaces placeholders in a response with the client's own values and reports what was scrubbed.
// Everything that needs no change passes byte for byte.

import { splice } from '../../../shared/json/edit.ts';
import { tryScanJson } from '../../../shared/json/parse.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';
import type { WorkerResponse } from '../dispatch/exchange.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import type { Chunk } from '../response/chunk-queue.ts';
import { restoreEdits } from './restore-edits.ts';
import { binaryText } from './restore-json-text.ts';
import { restoreText } from './restore-text.ts';
import { createStreamRestorer } from './stream-restorer.ts';

/** Tokens, escapes that may hide one, and offsets: without any of these nothing needs restoring. */
const NEEDLES = ['PII_', 'u00', 'char_index', 'search_result_index'];

/** Whether the stages replaced values, shifted documents or added search results. */
export function needsRestoring({ values, documents, retrievalReport }: StageReports): boolean {
  const isRenumbered = retrievalReport?.searchResults !== undefined;
  return isRenumbered || Object.keys(values).length > 0 || Object.keys(documents).length > 0;
}

/** The response for the client, with `x-llmp-scrubbed` and `x-llmp-rag` headers. */
export function restoreResponse(response: WorkerResponse, reports: StageReports): WorkerResponse {
  const { counts, retrievalReport } = reports;
  const rag = retrievalReport ? ['x-llmp-rag', retrievalReport.header] : [];
  const headers = [...response.head.headers, ...scrubbedHeader(counts), ...rag];
  const head = { status: response.head.status, headers };
  if (!needsRestoring(reports)) return { ...response, head };
  return response.kind === 'buffered'
    ? { ...response, head, bytes: restoreBuffered(response.bytes, reports) }
    : { ...response, head, chunks: restoredChunks(response.chunks, reports) };
}

/**
 * Restores a message, a token count or an error; text that is not JSON is restored as plain text.
 * @returns the same bytes when there is nothing to restore
 */
export function restoreBuffered(bytes: Uint8Array, reports: StageReports): Uint8Array {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!NEEDLES.some((needle) => body.includes(needle))) return bytes;
  const text = body.toString('latin1');
  const root = tryScanJson(text);
  const restored = root
    ? splice(text, restoreEdits(text, root, reports))
    : restoreText(text, reports.values, binaryText);
  return restored === text ? bytes : Buffer.from(restored, 'latin1');
}

/** Yields complete events only, so an error event can follow if the stream breaks off. */
async function* restoredChunks(
  chunks: AsyncIterable<Chunk>,
  reports: StageReports,
): AsyncGenerator<Chunk> {
  const restorer = createStreamRestorer(reports);
  try {
    for await (const chunk of chunks) yield* completeChunk(restorer.push(chunk.bytes));
  } catch (error) {
    yield* completeChunk(restorer.breakOff());
    throw error;
  }
  yield* completeChunk(restorer.end());
}

function completeChunk(bytes: Uint8Array): Chunk[] {
  return bytes.byteLength > 0 ? [{ bytes, more: false }] : [];
}

/** `x-llmp-scrubbed: CREDIT_CARD=1, EMAIL_ADDRESS=2` as a raw pair; empty without findings. */
function scrubbedHeader(counts: Vault['counts']): string[] {
  const entities = Object.keys(counts).toSorted();
  if (entities.length === 0) return [];
  return ['x-llmp-scrubbed', entities.map((entity) => `${entity}=${counts[entity]}`).join(', ')];
}
