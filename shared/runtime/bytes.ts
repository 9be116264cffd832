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
