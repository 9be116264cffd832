import { Readable } from 'node:stream';
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodedBody } from '../../../../services/upstream/http/content-encoding.ts';
import { checkProperty } from '../../../kit/properties.ts';

type Encode = (bytes: Buffer) => Buffer;
const plain: Encode = (bytes) => bytes;

async function decoded(chunks: readonly Uint8Array[], headers: readonly string[]) {
  const body = decodedBody(Readable.from(chunks, { objectMode: false }), headers);
  return Buffer.concat(await Array.fromAsync(body)).toString();
}

const ENCODINGS: readonly (readonly [value: string, encode: Encode])[] = [
  ['', plain],
  [',', plain],
  ['none', plain],
  ['identity', plain],
  ['UTF-8', plain],
  ['utf8', plain],
  ['binary', plain],
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['gzip, identity', gzipSync],
  ['identity, GZIP', gzipSync],
  [' gzip ', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes))],
  ['br,gzip', (bytes) => gzipSync(brotliCompressSync(bytes))],
];

describe('a body', () => {
  it('is decoded from every encoding, however it is cut', async () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
    const property = fc.asyncProperty(
      fc.constantFrom(...ENCODINGS),
      fc.json(),
      cuts,
      async ([value, encode], json, shares) => {
        const text = `{"a":${json}}`;
        const bytes = encode(Buffer.from(text));
        const ends = [...shares.map((share) => Math.floor(share * bytes.length)), bytes.length];
        const borders = [0, ...ends.toSorted((one, other) => one - other)];
        const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
        expect(await decoded(chunks, ['Content-Encoding', value])).toBe(text);
      },
    );
    await expect(checkProperty(property, { runs: 60 })).resolves.toBeUndefined();
  });

  it('is decoded by several header lines in their order', async () => {
    const bytes = brotliCompressSync(gzipSync('twice'));
    const headers = ['content-encoding', 'gzip', 'Content-Encoding', 'br'];
    expect(await decoded([bytes], headers)).toBe('twice');
  });

  it.each(['gzip', 'br', 'deflate', 'zstd'])('may be empty although it says %s', async (value) => {
    expect(await decoded([], ['content-encoding', value])).toBe('');
  });

  it('is read as it is when it says gzip and is not', async () => {
    expect(await decoded([Buffer.from('{"a":1}')], ['content-encoding', 'gzip'])).toBe('{"a":1}');
  });

  it.each(['morse', 'gzip, morse', 'gzip, gzip, gzip', 'compress'])(
    'with the encoding %j is refused and closed',
    (value) => {
      const body = Readable.from([Buffer.from('x')]);
      const decode = () => decodedBody(body, ['content-encoding', value]);
      expect(decode).toThrow(expect.objectContaining({ code: 'upstream_invalid_response' }));
      expect(body.destroyed).toBe(true);
    },
  );

  it.each([
    ['plain', []],
    ['compressed', ['content-encoding', 'gzip']],
  ])('that is %s is closed when it is not read at all', async (_, headers) => {
    const body = new Readable({ read: () => {} });
    const iterator = decodedBody(body, headers)[Symbol.asyncIterator]();
    await iterator.return?.();
    expect(body.destroyed).toBe(true);
  });
});
