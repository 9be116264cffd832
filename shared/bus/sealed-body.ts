// Encryption of bodies on their way between processes: AES-256-GCM under a key that only the claim check
// has. Nobody on the way can read a body or exchange it, without any certificate.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
/** Each key encrypts one body, so no nonce needs to differ. */
const NONCE = Buffer.alloc(12);
const TAG_BYTES = 16;
/** Bytes encrypted at a stretch: well below a millisecond. */
const CHUNK_BYTES = 256 * 1024;

export function newBodyKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

export function sealedSize(size: number): number {
  return size + TAG_BYTES;
}

/** The encrypted body, and the tag that proves it. */
export function* sealedChunks(bytes: Uint8Array, key: string): Generator<Buffer, void> {
  const cipher = createCipheriv(ALGORITHM, Buffer.from(key, 'base64url'), NONCE);
  for (let at = 0; at < bytes.byteLength; at += CHUNK_BYTES) {
    yield cipher.update(bytes.subarray(at, at + CHUNK_BYTES));
  }
  cipher.final();
  yield cipher.getAuthTag();
}

/** Collects a body whose chunks come in cut anywhere. */
export class BodyOpener {
  readonly #bytes: Buffer;
  readonly #tag = Buffer.alloc(TAG_BYTES);
  readonly #decipher;
  #received = 0;

  constructor(size: number, key: string) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#decipher = createDecipheriv(ALGORITHM, Buffer.from(key, 'base64url'), NONCE);
  }

  /** Takes the next chunk; more than the announced size only counts. */
  push(chunk: Buffer): void {
    const size = this.#bytes.byteLength;
    const cut = Math.max(0, Math.min(chunk.byteLength, size - this.#received));
    if (cut > 0) this.#decipher.update(chunk.subarray(0, cut)).copy(this.#bytes, this.#received);
    if (cut < chunk.byteLength) chunk.copy(this.#tag, this.#received + cut - size, cut);
    this.#received += chunk.byteLength;
  }

  /** @throws if the body is incomplete, or is not the one that the key was made for */
  end(): Uint8Array {
    if (this.#received !== sealedSize(this.#bytes.byteLength)) {
      throw new Error(`claim check returned ${this.#received} bytes`);
    }
    this.#decipher.setAuthTag(this.#tag);
    this.#decipher.final();
    return this.#bytes;
  }
}
