import { LlmpError } from '../../../shared/errors.ts';
import { tryScanJson, type JsonNode } from '../../../shared/json/parse.ts';
import { property } from '../../../shared/json/edit.ts';
import { readAllBytes } from '../../../shared/runtime/bytes.ts';

/** As in the ingress, which buffers the response once more. */
export const RESPONSE_BYTES_MAX = 64 * 1024 * 1024;

/** Collects a response body; bounded, as in the ingress, so an endless one cannot exhaust memory. */
export function readBuffered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return readAllBytes(
    chunks,
    RESPONSE_BYTES_MAX,
    () => new LlmpError('upstream_disconnected', 'The response is larger than allowed.'),
  );
}

/** The content blocks of a message; empty for other JSON. */
export function contentBlocks(text: string): readonly JsonNode[] {
  const root = tryScanJson(text);
  const content = root && property(root, text, 'content');
  return content?.kind === 'array' ? content.items : [];
}
