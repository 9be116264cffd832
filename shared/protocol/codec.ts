// The wire form of messages and messages. A message's meta is one line of ASCII JSON (it rides in a NATS
// header) and its body is untouched bytes; messages for one inbox share a message: a length, the
// JSON of all metas, then the bytes of each in turn. Nothing is base64, nothing is parsed twice.

import * as z from 'zod';
import { controlMeta, frameMeta, envelopeSchema, type Envelope, type Message } from './messages.ts';

/** Where a body too big for a message can be pulled; the URL is its own credential. */
export const claimCheckSchema = z.strictObject({
  url: z.url({ protocol: /^http$/ }),
  size: z.int().nonnegative(),
});
export type ClaimCheck = z.infer<typeof claimCheckSchema>;

const envelopeLine = z.strictObject({
  meta: envelopeSchema,
  claimCheck: claimCheckSchema.optional(),
});

/** One line of ASCII: JSON with everything above 0x7e escaped, as NATS headers are ASCII. */
export function encodeEnvelope(meta: Envelope, claimCheck?: ClaimCheck): string {
  return JSON.stringify(claimCheck ? { meta, claimCheck } : { meta }).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Throws when the line is not a message of this version. */
export function decodeEnvelope(line: string): {
  meta: Envelope;
  claimCheck?: ClaimCheck | undefined;
} {
  return envelopeLine.parse(JSON.parse(line));
}

const LENGTH_BYTES = 4;

/** Bytes a message adds to a message, roughly; enough to keep messages under the broker's maximum. */
export function itemSize(item: Message): number {
  return (item.bytes?.byteLength ?? 0) + 256;
}

/** Several messages as one message. */
export function encodeBatch(items: readonly Message[]): Uint8Array {
  const metas = items.map((item) => [item.meta, item.bytes?.byteLength ?? -1]);
  const json = Buffer.from(JSON.stringify(metas));
  const length = Buffer.allocUnsafe(LENGTH_BYTES);
  length.writeUInt32BE(json.byteLength);
  const parts: Uint8Array[] = [length, json];
  for (const { bytes } of items) if (bytes) parts.push(bytes);
  return Buffer.concat(parts);
}

/** What a message holds before its bytes: metas, and how many bytes belong to each (-1: none). */
function itemList<Meta>(meta: z.ZodType<Meta>): z.ZodType<[Meta, number][]> {
  return z.array(z.tuple([meta, z.int().min(-1)]));
}

// Built once: building a schema costs more than checking a message with it.
export const FRAMES = itemList(frameMeta);
export const CONTROLS = itemList(controlMeta);

/** The messages of a message, each meta checked by `list`. Throws when the message is damaged. */
export function decodeBatch<Meta>(
  message: Uint8Array,
  list: z.ZodType<[Meta, number][]>,
): Message<Meta>[] {
  const view = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const bodyStart = LENGTH_BYTES + view.readUInt32BE(0);
  const listed = list.parse(JSON.parse(view.toString('utf8', LENGTH_BYTES, bodyStart)));
  let at = bodyStart;
  const items = listed.map(([meta, size]): Message<Meta> => {
    if (size < 0) return { meta };
    // A copy: a view would keep the whole message alive for as long as its slowest reader needs.
    const bytes = new Uint8Array(view.subarray(at, at + size));
    if (bytes.byteLength !== size) throw new RangeError('parcel bytes are cut short');
    at += size;
    return { meta, bytes };
  });
  if (at !== view.byteLength) throw new RangeError('message is longer than its parcels');
  return items;
}
