// How frames and controls for one inbox are joined. Apart from the codec, as the heartbeat thread does without
// its schemas.

import type { Message } from './messages.ts';
import { RELEASE } from './release.ts';

export const LENGTH_BYTES = 4;

/** Bytes an item adds to a batch, roughly: enough to keep batches below the broker's maximum. */
export function itemSize(item: Message): number {
  return (item.bytes?.byteLength ?? 0) + 256;
}

export function encodeBatch(items: readonly Message[]): Uint8Array {
  const metas = items.map((item) => [item.meta, item.bytes?.byteLength ?? -1]);
  const json = Buffer.from(JSON.stringify({ by: RELEASE, items: metas }));
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(json.byteLength);
  const parts: Uint8Array[] = [length, json];
  for (const { bytes } of items) if (bytes) parts.push(bytes);
  return Buffer.concat(parts);
}
