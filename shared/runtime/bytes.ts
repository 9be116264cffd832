// A body read as a whole, by whoever has to look at all of it.

/** Rejects with the error that `tooLarge` makes as soon as there are more than `bytesMax`. */
export async function wholeBytes(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
  tooLarge: () => Error,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > bytesMax) throw tooLarge();
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

/** The parts one behind the other; a single one is not copied. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const [only, ...more] = parts;
  return only && more.length === 0 ? only : Buffer.concat(parts);
}
