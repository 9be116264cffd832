import { isAscii, isUtf8 } from 'node:buffer';

/** Reads all chunks into one buffer. @throws the error of `tooLarge` beyond `bytesMax` */
export async function readAllBytes(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge();
    read.push(chunk);
  }
  return Buffer.concat(read);
}

/** Concatenates chunks without copying a single one. */
export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [only, ...more] = chunks;
  return only && more.length === 0 ? only : Buffer.concat(chunks);
}

/** Bytes copied, checked or decoded between two yields: about half a millisecond. */
const STEP_BYTES = 1_048_576;

/** Parts of bytes, in order; none begins inside a character of valid UTF-8. */
export function* utf8Parts(bytes: Uint8Array, partBytes = STEP_BYTES): Generator<Buffer> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let start = 0; start < all.length;) {
    let end = Math.min(all.length, start + partBytes);
    // At most three bytes continue a character.
    for (let back = 0; back < 3 && isContinuation(all[end]); back += 1) end -= 1;
    yield all.subarray(start, end);
    start = end;
  }
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Whether bytes are valid UTF-8, in steps. */
export function* isUtf8Steps(bytes: Uint8Array): Generator<void, boolean> {
  for (const part of utf8Parts(bytes)) {
    if (!isUtf8(part)) return false;
    yield;
  }
  return true;
}

/** Decodes UTF-8. Creating the text of many megabytes is one long step, which has a turn of its own. */
export function* utf8Text(bytes: Uint8Array): Generator<void, string> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length <= STEP_BYTES) return all.toString('utf8');
  let isAsciiOnly = true;
  for (const part of utf8Parts(bytes)) {
    isAsciiOnly &&= isAscii(part);
    yield;
  }
  const text = isAsciiOnly ? all.toString('latin1') : all.toString('utf8');
  yield;
  return text;
}

/** The UTF-8 bytes of a text in parts, none of which begins inside a surrogate pair. */
export function* encodedSteps(parts: readonly string[]): Generator<void, Buffer> {
  const encoded: Buffer[] = [];
  for (const part of parts) {
    encoded.push(Buffer.from(part));
    yield;
  }
  return yield* concatSteps(encoded);
}

/** Concatenates chunks in steps, without copying a single one. */
export function* concatSteps(chunks: readonly Uint8Array[]): Generator<void, Buffer> {
  const [only, ...more] = chunks;
  if (only && more.length === 0) return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const all = Buffer.allocUnsafe(size);
  let filled = 0;
  let yieldedAt = 0;
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.byteLength; from += STEP_BYTES) {
      const part = chunk.subarray(from, from + STEP_BYTES);
      all.set(part, filled);
      filled += part.byteLength;
      if (filled - yieldedAt < STEP_BYTES) continue;
      yieldedAt = filled;
      yield;
    }
  }
  return all;
}
