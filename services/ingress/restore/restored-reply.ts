// A reply as the client is to have it: with its own values in place of placeholders, and a header
// that says how many of what kind stayed behind.

import type { Vault } from '../../../shared/privacy/vault.ts';
import type { Reply } from '../dispatch/exchange.ts';
import type { StageReports } from '../dispatch/stage-reports.ts';
import type { Chunk } from '../response/chunk-queue.ts';
import { restoreWhole } from './restore-whole.ts';
import { createStreamRestorer } from './stream-restorer.ts';

/** Without values, shifted documents and counted results an answer is as it should be, and is not looked at. */
export function needsRestoring({ values, documents, retrievalReport }: StageReports): boolean {
  const isRenumbered = retrievalReport?.searchResults !== undefined;
  return isRenumbered || Object.keys(values).length > 0 || Object.keys(documents).length > 0;
}

export function restoredReply(reply: Reply, vault: StageReports): Reply {
  const { counts, retrievalReport } = vault;
  const rag = retrievalReport ? ['x-llmp-rag', retrievalReport.header] : [];
  const headers = [...reply.head.headers, ...scrubbedHeader(counts), ...rag];
  const head = { status: reply.head.status, headers };
  const needed = needsRestoring(vault);
  if (reply.kind === 'whole') {
    return { ...reply, head, bytes: needed ? restoreWhole(reply.bytes, vault) : reply.bytes };
  }
  return { ...reply, head, chunks: needed ? restoredChunks(reply.chunks, vault) : reply.chunks };
}

/** Pieces of whole events only; also where the stream breaks off, so an error event can follow. */
async function* restoredChunks(
  chunks: AsyncIterable<Chunk>,
  vault: StageReports,
): AsyncGenerator<Chunk> {
  const restorer = createStreamRestorer(vault);
  try {
    for await (const chunk of chunks) yield* whole(restorer.push(chunk.bytes));
  } catch (error) {
    yield* whole(restorer.breakOff());
    throw error;
  }
  yield* whole(restorer.end());
}

function whole(bytes: Uint8Array): Chunk[] {
  return bytes.byteLength > 0 ? [{ bytes, more: false }] : [];
}

/** `x-llmp-scrubbed: CREDIT_CARD=1, EMAIL_ADDRESS=2` as a raw pair; nothing where nothing was found. */
function scrubbedHeader(counts: Vault['counts']): string[] {
  const found = Object.keys(counts).toSorted();
  if (found.length === 0) return [];
  return ['x-llmp-scrubbed', found.map((entity) => `${entity}=${counts[entity]}`).join(', ')];
}
