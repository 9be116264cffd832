// A reply that is no stream, read as a whole because something in it is looked for.

import { LlmpError } from '../../../shared/errors.ts';
import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { property } from '../../../shared/json/edit.ts';
import { limits } from '../../../shared/limits.ts';
import { readAllBytes } from '../../../shared/runtime/bytes.ts';

/** Has the bound it has at the door, or an endless one would fill this worker. */
export function wholeReply(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return readAllBytes(
    chunks,
    limits.responseBytesMax,
    () => new LlmpError('upstream_disconnected', 'The answer is larger than allowed.'),
  );
}

/** The content blocks of a message; none where it is something else. */
export function contentBlocks(text: string): readonly JsonNode[] {
  const root = tryScanJson(text);
  const content = root && property(root, text, 'content');
  return content?.kind === 'array' ? content.items : [];
}
