// SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012), as it is written down.

const MASK = (1n << 64n) - 1n;
const INITIAL = [
  0x736f6d6570736575n,
  0x646f72616e646f6dn ^ 0xeen,
  0x6c7967656e657261n,
  0x7465646279746573n,
] as const;
const WORD_BYTES = 8;

/** Four words of 32 bits. */
export function sipHash128(key: Uint8Array, bytes: Uint8Array): number[] {
  const [k0, k1] = [wordAt(key, 0), wordAt(key, WORD_BYTES)];
  let [v0, v1, v2, v3] = [INITIAL[0] ^ k0, INITIAL[1] ^ k1, INITIAL[2] ^ k0, INITIAL[3] ^ k1];
  const rounds = (count: number) => {
    for (let round = 0; round < count; round += 1) {
      v0 = (v0 + v1) & MASK;
      v1 = rotated(v1, 13n) ^ v0;
      v0 = rotated(v0, 32n);
      v2 = (v2 + v3) & MASK;
      v3 = rotated(v3, 16n) ^ v2;
      v0 = (v0 + v3) & MASK;
      v3 = rotated(v3, 21n) ^ v0;
      v2 = (v2 + v1) & MASK;
      v1 = rotated(v1, 17n) ^ v2;
      v2 = rotated(v2, 32n);
    }
  };
  // The last word has what remains, and the length.
  for (let at = 0; at <= bytes.length; at += WORD_BYTES) {
    const isLast = at + WORD_BYTES > bytes.length;
    const word = wordAt(bytes, at) | (isLast ? BigInt(bytes.length & 0xff) << 56n : 0n);
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }
  v2 ^= 0xeen;
  rounds(4);
  const low = v0 ^ v1 ^ v2 ^ v3;
  v1 ^= 0xddn;
  rounds(4);
  const high = v0 ^ v1 ^ v2 ^ v3;
  return [low, low >> 32n, high, high >> 32n].map((part) => Number(part & 0xffffffffn));
}

function rotated(word: bigint, by: bigint): bigint {
  return ((word << by) | (word >> (64n - by))) & MASK;
}

/** Eight bytes as a number, the lowest first; those that are missing count as 0. */
function wordAt(bytes: Uint8Array, at: number): bigint {
  let word = 0n;
  for (let place = WORD_BYTES - 1; place >= 0; place -= 1) {
    word = (word << 8n) | BigInt(bytes[at + place] ?? 0);
  }
  return word;
}
