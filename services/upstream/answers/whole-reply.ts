// A reply that is no stream, read as a whole because something in it is looked for.

import { LlmpError } from '../../../shared/errors.ts';
import { scannedJson, type Span } from '../../../shared/json-scan.ts';
import { member } from '../../../shared/json-splice.ts';
import { limits } from '../../../shared/limits.ts';

/** Has the bound it has at the door, or an endless one would fill this room. */
export async function wholeReply(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > limits.replyBytesMax) {
      throw new LlmpError('upstream_cut', 'The answer is larger than allowed.');
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** The content blocks of a message; none where it is something else. */
export function contentBlocks(text: string): readonly Span[] {
  const root = scannedJson(text);
  const content = root && member(root, text, 'content');
  return content?.kind === 'array' ? content.items : [];
}
