import { describe, expect, it } from 'vitest';
import { sipHash128 } from '../../../../shared/scan/sip-hash.ts';
import { KEY } from '../../../kit/scan-bodies.ts';

/** The vectors of its authors: of the bytes 0, 1, 2, … up to a length. */
const VECTORS: readonly [length: number, hash: string][] = [
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [8, '3b62a9ba6258f5610f83e264f31497b4'],
  [15, '5493e99933b0a8117e08ec0f97cfc3d9'],
];

describe('sipHash128', () => {
  it.each(VECTORS)('hashes %i bytes as its authors do', (length, hash) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index);
    const words = Uint32Array.from(sipHash128(KEY, bytes));
    expect(Buffer.from(words.buffer).toString('hex')).toBe(hash);
  });
});
