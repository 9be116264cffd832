// Decodes the bodies of upstreams that compress although they were asked not to.

import { pipeline, Readable, type Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';
import { LlmpError } from '../../../shared/errors.ts';
import { headerOf, pairsOf } from '../../../shared/runtime/raw-headers.ts';
import { BodyChunks } from './body-chunks.ts';

/** Values that name no compression; servers put charsets and transfer encodings there by mistake. */
const NO_CODINGS = new Set([
  '',
  '7bit',
  '8bit',
  'ascii',
  'binary',
  'chunked',
  'identity',
  'iso-8859-1',
  'latin1',
  'none',
  'null',
  'us-ascii',
  'utf-8',
  'utf8',
]);

const GZIP_MAGIC = 0x1f;
/** The compression method in the first byte of a zlib header (RFC 1950, 2.2). */
const ZLIB_DEFLATE = 8;

/** Makes the decoder for a body that begins with a byte; `undefined` if the body is not encoded. */
type DecoderFor = (firstByte: number) => Transform | undefined;

const gunzip: DecoderFor = (firstByte) => (firstByte === GZIP_MAGIC ? createGunzip() : undefined);

const DECODERS: ReadonlyMap<string, DecoderFor> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  [
    'deflate',
    // Some servers send it without the zlib header.
    (firstByte) => ((firstByte & 0x0f) === ZLIB_DEFLATE ? createInflate() : createInflateRaw()),
  ],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);

/** No server needs more; each one multiplies the size a small body can unpack to. */
const CODINGS_MAX = 2;

/**
 * Yields the decoded body; ending its iteration closes the connection.
 * @throws `upstream_invalid_response` for an encoding that is not known
 */
export function decodedBody(body: Readable, headers: readonly string[]): AsyncIterable<Uint8Array> {
  const codings = codingsOf(headers);
  const decoders = codings.map((coding) => DECODERS.get(coding));
  if (decoders.length > CODINGS_MAX || decoders.includes(undefined)) {
    body.on('error', () => {}).destroy();
    throw new LlmpError(
      'upstream_invalid_response',
      'The upstream sent an encoding that the gateway did not ask for and cannot decode.',
      { cause: new Error(`content-encoding: ${codings.join(', ')}`) },
    );
  }
  if (decoders.length === 0) return new BodyChunks(body);
  let decoded: AsyncIterable<Uint8Array> = body;
  // The last coding was applied last (RFC 9110, 8.4).
  for (const decoderFor of decoders.toReversed()) {
    if (decoderFor) decoded = decodedChunks(decoded, decoderFor);
  }
  const iterator = decoded[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => iterator.next(),
      // The iterator itself closes nothing before its first chunk, nor while it waits for one.
      return: async () => {
        body.on('error', () => {}).destroy();
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** Names of the codings in the order in which they were applied. */
function codingsOf(headers: readonly string[]): string[] {
  if (headerOf(headers, 'content-encoding') === undefined) return [];
  return Array.from(pairsOf(headers))
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, value]) => value.split(','))
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => !NO_CODINGS.has(coding));
}

async function* decodedChunks(
  chunks: AsyncIterable<Uint8Array>,
  decoderFor: DecoderFor,
): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  let first = await iterator.next();
  while (!first.done && first.value.byteLength === 0) first = await iterator.next();
  // A response without a body names an encoding too.
  if (first.done) return;
  const source = Readable.from(startingWith(first.value, iterator));
  const decoder = decoderFor(first.value[0] ?? 0);
  if (!decoder) return yield* source;
  // An error on either side destroys both and is thrown to the reader of the decoder.
  pipeline(source, decoder, () => {});
  yield* decoder;
}

async function* startingWith(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next: IteratorResult<Uint8Array> = { done: false, value: first }; !next.done;) {
      yield next.value;
      next = await iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}
