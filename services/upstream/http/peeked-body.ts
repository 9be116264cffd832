// Reads the beginning of a body before its head is passed on. The body still yields every byte.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { polledOf, ResumedItems } from '../../../shared/runtime/polled.ts';

export interface PeekOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** The longest wait, and the most bytes to read. */
  readonly holdMs: number;
  readonly bytesMax: number;
  /** Receives each chunk once. Returns whether to stop reading. */
  readonly isEnough: (chunk: Uint8Array) => boolean;
}

export interface PeekedBody {
  /** What was read. */
  readonly start: Buffer;
  /** Whether the body has ended, with `error` if there is one. */
  readonly isWhole: boolean;
  readonly error?: unknown;
  /** All of the body; throws its error after its bytes. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection without reading on. */
  readonly discard: () => void;
}

const TIMED_OUT = Symbol('timed out');

export async function peekBody(
  body: AsyncIterable<Uint8Array>,
  { clock, holdMs, bytesMax, isEnough }: PeekOptions,
): Promise<PeekedBody> {
  const polled = polledOf(body);
  const timeout = Promise.withResolvers<typeof TIMED_OUT>();
  const cancelTimer = clock.after(holdMs, () => timeout.resolve(TIMED_OUT));
  const chunks: Uint8Array[] = [];
  let pending: Promise<IteratorResult<Uint8Array>> | undefined;
  let end: { readonly error?: unknown } | undefined;
  let size = 0;
  try {
    while (size < bytesMax) {
      pending = polled.next();
      const step = await Promise.race([pending, timeout.promise]);
      if (step === TIMED_OUT) break;
      pending = undefined;
      if (step.done) {
        end = {};
        break;
      }
      chunks.push(step.value);
      size += step.value.byteLength;
      if (isEnough(step.value)) break;
    }
  } catch (error) {
    end = { error };
    pending = undefined;
  } finally {
    cancelTimer();
  }
  // Prevents an unhandled rejection; the reader of the body gets the same error.
  pending?.catch(() => {});
  const discard = () => void polled.close().catch(() => {});
  return {
    start: Buffer.concat(chunks),
    isWhole: end !== undefined,
    ...end,
    body: new ResumedItems({ items: chunks, asked: pending, end }, polled),
    discard,
  };
}

/** Bodies up to this size are drained, if they end soon. */
const DRAINED_BYTES_MAX = 64 * 1024;
const DRAIN_MS = 250;

/** Drains a body that is not needed, so that its connection can be used again. */
export async function drain(
  body: AsyncIterable<Uint8Array>,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  const { discard } = await peekBody(body, {
    clock,
    holdMs: DRAIN_MS,
    bytesMax: DRAINED_BYTES_MAX,
    isEnough: () => false,
  });
  discard();
}
