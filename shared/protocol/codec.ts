// The wire form. An envelope is one line of ASCII JSON in a NATS header, its body untouched bytes. Frames
// and controls for one inbox share a batch: a length, the JSON of all metas, then the bytes of each.

import * as z from 'zod';
import { LENGTH_BYTES } from './batch.ts';
import {
  controlMeta,
  envelopeSchema,
  frameMeta,
  sequenceSchema,
  type ControlMeta,
  type Envelope,
  type FrameMeta,
  type Message,
  type UnreadableMeta,
} from './messages.ts';
import { RELEASE, releaseOf } from './release.ts';
import { readMessage, UnreadableError, versionMismatch } from './skew.ts';

/** Where a body too large to be sent inline can be fetched, encrypted; the URL is its own credential. */
export const claimCheckSchema = z.strictObject({
  url: z.url({ protocol: /^http$/ }),
  size: z.int().nonnegative(),
  /** Decrypts the body and proves that it is the right one. */
  key: z.string().regex(/^[\w-]{43}$/),
});
export type ClaimCheck = z.infer<typeof claimCheckSchema>;

const envelopeLine = z.strictObject({
  /** Release of the sender. */
  by: z.string(),
  meta: envelopeSchema,
  claimCheck: claimCheckSchema.optional(),
});

/** One line of JSON with everything above 0x7e escaped, as NATS headers are ASCII. */
export function encodeEnvelope(meta: Envelope, claimCheck?: ClaimCheck): string {
  const must = meta.passThrough === undefined ? {} : { must: ['passThrough'] };
  const line = { by: RELEASE, meta: { ...meta, ...must }, ...(claimCheck ? { claimCheck } : {}) };
  return JSON.stringify(line).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** @throws LlmpError `version_mismatch` when this version cannot read it, or SyntaxError */
export function decodeEnvelope(line: string): {
  meta: Envelope;
  claimCheck?: ClaimCheck | undefined;
} {
  const value: unknown = JSON.parse(line);
  try {
    return readMessage(envelopeLine, value);
  } catch (error) {
    throw mismatchOf(error, value);
  }
}

// Built once: building a schema costs more than a check with it.
export const FRAMES: z.ZodType<FrameMeta> = frameMeta;
export const CONTROLS: z.ZodType<ControlMeta> = controlMeta;

/** `items`: metas, and how many bytes belong to each (-1: none). */
interface Batch {
  readonly by: string;
  readonly items: readonly (readonly [meta: unknown, size: number])[];
}

/** Written out, as a schema would take longer than all else about a batch. */
function isBatch(value: unknown): value is Batch {
  if (typeof value !== 'object' || value === null) return false;
  const { by, items } = value as Partial<Batch>;
  return typeof by === 'string' && Array.isArray(items) && items.every(isItem);
}

function isItem(item: unknown): boolean {
  if (!Array.isArray(item) || item.length !== 2) return false;
  const size: unknown = item[1];
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= -1;
}

/**
 * An item of another version that cannot be read has an `unreadable` meta.
 * @param schema of the metas
 * @throws when the batch is damaged
 */
export function decodeBatch<Meta>(
  batch: Uint8Array,
  schema: z.ZodType<Meta>,
): Message<Meta | UnreadableMeta>[] {
  const view = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
  const bodyStart = LENGTH_BYTES + view.readUInt32BE(0);
  const read: unknown = JSON.parse(view.toString('utf8', LENGTH_BYTES, bodyStart));
  if (!isBatch(read)) throw new TypeError('it is no batch');
  const { by, items } = read;
  let at = bodyStart;
  const messages = items.map(([value, size]): Message<Meta | UnreadableMeta> => {
    const meta = metaOf(schema, value, by);
    if (size < 0) return { meta };
    // A copy: a view would keep the whole batch in memory as long as its slowest reader.
    const bytes = new Uint8Array(view.subarray(at, at + size));
    if (bytes.byteLength !== size) throw new RangeError('the bytes of an item are cut short');
    at += size;
    return { meta, bytes };
  });
  if (at !== view.byteLength) throw new RangeError('the batch is longer than its items');
  return messages;
}

function metaOf<Meta>(schema: z.ZodType<Meta>, value: unknown, by: string): Meta | UnreadableMeta {
  try {
    return readMessage(schema, value);
  } catch (error) {
    const reason = error instanceof UnreadableError ? error.message : '';
    const sequence = sequenceSchema.parse(value);
    return { ...sequence, kind: 'unreadable', seq: -1, sender: releaseOf(by), reason };
  }
}

function mismatchOf(error: unknown, value: unknown): unknown {
  if (!(error instanceof UnreadableError)) return error;
  const by = typeof value === 'object' && value !== null && 'by' in value ? value.by : undefined;
  return versionMismatch(releaseOf(by), error.message);
}
