// The wire form. An envelope is one line of ASCII JSON in a NATS header, its body untouched bytes. Frames
// and controls for one inbox share a batch: a length, the JSON of all metas, then the bytes of each.

import * as z from 'zod';
import { LENGTH_BYTES } from './batch.ts';
import { controlMeta, frameMeta, envelopeSchema, type Envelope, type Message } from './messages.ts';

/** Where a body too large to be sent inline can be fetched, encrypted; the URL is its own credential. */
export const claimCheckSchema = z.strictObject({
  url: z.url({ protocol: /^http$/ }),
  size: z.int().nonnegative(),
  /** Decrypts the body and proves that it is the right one. */
  key: z.string().regex(/^[\w-]{43}$/),
});
export type ClaimCheck = z.infer<typeof claimCheckSchema>;

const envelopeLine = z.strictObject({
  meta: envelopeSchema,
  claimCheck: claimCheckSchema.optional(),
});

/** One line of JSON with everything above 0x7e escaped, as NATS headers are ASCII. */
export function encodeEnvelope(meta: Envelope, claimCheck?: ClaimCheck): string {
  return JSON.stringify(claimCheck ? { meta, claimCheck } : { meta }).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** @throws when the line is not an envelope of this version */
export function decodeEnvelope(line: string): {
  meta: Envelope;
  claimCheck?: ClaimCheck | undefined;
} {
  return envelopeLine.parse(JSON.parse(line));
}

/** Metas, and how many bytes belong to each (-1: none). */
function itemList<Meta>(meta: z.ZodType<Meta>): z.ZodType<[Meta, number][]> {
  return z.array(z.tuple([meta, z.int().min(-1)]));
}

// Built once: building a schema costs more than a check with it.
export const FRAMES = itemList(frameMeta);
export const CONTROLS = itemList(controlMeta);

/**
 * @param list schema of the metas
 * @throws when the batch is damaged
 */
export function decodeBatch<Meta>(
  batch: Uint8Array,
  list: z.ZodType<[Meta, number][]>,
): Message<Meta>[] {
  const view = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  const bodyStart = LENGTH_BYTES + view.readUInt32BE(0);
  const metas = list.parse(JSON.parse(view.toString('utf8', LENGTH_BYTES, bodyStart)));
  let at = bodyStart;
  const items = metas.map(([meta, size]): Message<Meta> => {
    if (size < 0) return { meta };
    // A copy: a view would keep the whole batch in memory as long as its slowest reader.
    const bytes = new Uint8Array(view.subarray(at, at + size));
    if (bytes.byteLength !== size) throw new RangeError('the bytes of an item are cut short');
    at += size;
    return { meta, bytes };
  });
  if (at !== view.byteLength) throw new RangeError('the batch is longer than its items');
  return items;
}
