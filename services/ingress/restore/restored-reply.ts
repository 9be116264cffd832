// A reply as the client is to have it: with its own values in place of placeholders, and a header
// that says how many of what kind stayed behind.

import type { Vault } from '../../../shared/privacy/vault.ts';
import type { Homecoming, Reply } from '../dispatch/exchange.ts';
import type { Piece } from '../response/chunk-queue.ts';
import { restoreWhole } from './restore-whole.ts';
import { createStreamRestorer } from './stream-restorer.ts';

/** Without values, shifted documents and counted results an answer is as it should be, and is not looked at. */
export function needsRestoring({ values, documents, insertion }: Homecoming): boolean {
  const isRenumbered = insertion?.searchResults !== undefined;
  return isRenumbered || Object.keys(values).length > 0 || Object.keys(documents).length > 0;
}

export function restoredReply(reply: Reply, vault: Homecoming): Reply {
  const { counts, insertion } = vault;
  const rag = insertion ? ['x-llmp-rag', insertion.header] : [];
  const headers = [...reply.head.headers, ...scrubbedHeader(counts), ...rag];
  const head = { status: reply.head.status, headers };
  const needed = needsRestoring(vault);
  if (reply.kind === 'whole') {
    return { ...reply, head, bytes: needed ? restoreWhole(reply.bytes, vault) : reply.bytes };
  }
  return { ...reply, head, pieces: needed ? restoredPieces(reply.pieces, vault) : reply.pieces };
}

/** Pieces of whole events only; also where the stream breaks off, so an error event can follow. */
async function* restoredPieces(
  pieces: AsyncIterable<Piece>,
  vault: Homecoming,
): AsyncGenerator<Piece> {
  const restorer = createStreamRestorer(vault);
  try {
    for await (const piece of pieces) yield* whole(restorer.push(piece.bytes));
  } catch (error) {
    yield* whole(restorer.breakOff());
    throw error;
  }
  yield* whole(restorer.end());
}

function whole(bytes: Uint8Array): Piece[] {
  return bytes.byteLength > 0 ? [{ bytes, more: false }] : [];
}

/** `x-llmp-scrubbed: CREDIT_CARD=1, EMAIL_ADDRESS=2` as a raw pair; nothing where nothing was found. */
function scrubbedHeader(counts: Vault['counts']): string[] {
  const found = Object.keys(counts).toSorted();
  if (found.length === 0) return [];
  return ['x-llmp-scrubbed', found.map((entity) => `${entity}=${counts[entity]}`).join(', ')];
}
