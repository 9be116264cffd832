// Unpacks selected parts of a zip file within a size limit and repacks them, so a library never sees a
// zip bomb, whatever sizes the file declares.

import { crc32, inflateRawSync } from 'node:zlib';
import { UnreadableDocumentError } from './unreadable-document.ts';

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const STORED = 0;
const DEFLATED = 8;

/** Parts by name; the first of a name wins. Throws if together they exceed `bytesMax`. */
export function unzip(
  zip: Buffer,
  isSelected: (name: string) => boolean,
  bytesMax: number,
): Map<string, Buffer> {
  const parts = new Map<string, Buffer>();
  let remaining = bytesMax;
  try {
    const { count, at } = directory(zip);
    let entry = at;
    for (let number = 0; number < count; number++) {
      if (zip.readUInt32LE(entry) !== CENTRAL) throw new RangeError('no entry');
      const nameEnd = entry + CENTRAL_BYTES + zip.readUInt16LE(entry + 28);
      const name = zip.toString('utf8', entry + CENTRAL_BYTES, nameEnd);
      if (isSelected(name) && !parts.has(name)) {
        const part = unpacked(zip, entry, remaining);
        remaining -= part.byteLength;
        parts.set(name, part);
      }
      entry = nameEnd + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
    }
  } catch (error) {
    if (error instanceof UnreadableDocumentError) throw error;
    throw new UnreadableDocumentError('corrupt', { cause: error });
  }
  return parts;
}

/** A zip file with uncompressed parts. */
export function zipStored(parts: ReadonlyMap<string, Buffer>): Buffer {
  const files: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, part] of parts) {
    const nameBytes = Buffer.from(name);
    const local = Buffer.alloc(LOCAL_BYTES);
    local.writeUInt32LE(LOCAL, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt32LE(crc32(part), 14);
    local.writeUInt32LE(part.byteLength, 18);
    local.writeUInt32LE(part.byteLength, 22);
    local.writeUInt16LE(nameBytes.byteLength, 26);
    const entry = Buffer.alloc(CENTRAL_BYTES);
    entry.writeUInt32LE(CENTRAL, 0);
    entry.writeUInt16LE(20, 4);
    local.copy(entry, 6, 4, LOCAL_BYTES);
    entry.writeUInt32LE(at, 42);
    files.push(local, nameBytes, part);
    entries.push(entry, nameBytes);
    at += LOCAL_BYTES + nameBytes.byteLength + part.byteLength;
  }
  const central = Buffer.concat(entries);
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(parts.size, 8);
  end.writeUInt16LE(parts.size, 10);
  end.writeUInt32LE(central.byteLength, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, central, end]);
}

/** The end-of-directory record is last; only a comment may follow it. */
function directory(zip: Buffer): { count: number; at: number } {
  const last = zip.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - COMMENT_BYTES_MAX); at--) {
    if (zip.readUInt32LE(at) === END) {
      return { count: zip.readUInt16LE(at + 10), at: zip.readUInt32LE(at + 16) };
    }
  }
  throw new RangeError('no directory');
}

function unpacked(zip: Buffer, entry: number, bytesMax: number): Buffer {
  const method = zip.readUInt16LE(entry + 10);
  const packedBytes = zip.readUInt32LE(entry + 20);
  const local = zip.readUInt32LE(entry + 42);
  if (zip.readUInt32LE(local) !== LOCAL) throw new RangeError('no part');
  const start = local + LOCAL_BYTES + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (packed.byteLength < packedBytes) throw new RangeError('cut off');
  if (method === STORED && packedBytes <= bytesMax) return packed;
  if (method !== DEFLATED && method !== STORED) throw new RangeError('another method');
  if (method === STORED) throw new UnreadableDocumentError('too_much_text');
  try {
    // One byte more, because zlib treats a maximum of 0 as unset.
    return inflateRawSync(packed, { maxOutputLength: bytesMax + 1 });
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    throw new UnreadableDocumentError(isTooLong ? 'too_much_text' : 'corrupt', { cause: error });
  }
}
