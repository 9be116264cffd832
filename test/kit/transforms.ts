// Sends responses through transforms, as a worker does.

import { BufferedSource, StreamSource } from '../../shared/anthropic/sse/event-source.ts';
import {
  ResponsePipeline,
  type ResponseTransform,
} from '../../shared/anthropic/sse/response-transform.ts';
import { transformed } from '../../shared/anthropic/sse/transformed.ts';
import { LlmpError } from '../../shared/errors.ts';
import { TimeSlice } from '../../shared/runtime/time-slice.ts';
import { createFakeClock } from './fake-clock.ts';

const BYTES = { bytesOf: (bytes: Uint8Array) => bytes, chunkOf: (bytes: Uint8Array) => bytes };

/** A time slice that is never over. */
export const endlessSlice = () => new TimeSlice(createFakeClock(), 1, new AbortController().signal);

export interface Transformed {
  readonly chunks: readonly string[];
  readonly text: string;
  readonly error: unknown;
}

/** The bytes that `transforms` let pass, and the error that ended them, if any. */
export async function transform(
  transforms: readonly ResponseTransform[],
  bytes: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
  { isStream = true, breaks = false, eventBytesMax = Infinity, bytesMax = Infinity } = {},
): Promise<Transformed> {
  const source = isStream ? new StreamSource(eventBytesMax) : new BufferedSource(bytesMax);
  async function* sent() {
    for await (const each of bytes) yield Buffer.from(each);
    if (breaks) throw new LlmpError('upstream_disconnected');
  }
  const chunks: string[] = [];
  let error: unknown;
  try {
    for await (const chunk of transformed(
      sent(),
      new ResponsePipeline(source, transforms),
      BYTES,
      endlessSlice(),
    )) {
      chunks.push(Buffer.from(chunk).toString());
    }
  } catch (thrown) {
    error = thrown;
  }
  return { chunks, text: chunks.join(''), error };
}
