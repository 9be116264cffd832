// What a scrub thread receives and returns. A result is bytes, as a copy of a million objects would hold
// the event loop for longer than their search.

import { LlmpError, type ErrorCode } from '../../../shared/errors.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Envelope } from '../../../shared/protocol/messages.ts';
import { RequestBody } from '../../../shared/protocol/body.ts';
import type { Outcome } from '../../../shared/protocol/stage.ts';

/** What a thread builds its scrubber from. */
export interface ThreadData {
  /** YAML of the scrub rules; `null` for the defaults. */
  readonly rules: string | null;
  readonly masterKey: Uint8Array;
  /** Of the hashes of texts. */
  readonly hashKey: Uint8Array;
  readonly limits: Pick<Limits, 'eventLoop' | 'json' | 'scan'>;
}

export interface Job {
  readonly meta: Envelope;
  /** A copy of the body, which moves to the thread. */
  readonly body: ArrayBuffer;
}

/** `cancel` ends the running job, which still returns a result. */
export type ThreadMessage = Job | 'cancel';

type Pass = Extract<Outcome, { kind: 'pass' }>;

export type JobResult =
  | {
      readonly kind: 'pass';
      /** Absent if the body is unchanged. */
      readonly body?: ArrayBuffer;
      readonly envelope?: NonNullable<Pass['envelope']>;
      readonly vault: PackedParts;
    }
  | { readonly kind: 'refuse' | 'thrown'; readonly error: SentError }
  /** A fault of the scrubber. */
  | { readonly kind: 'failed'; readonly error: unknown };

/** Parts of a vault, one after another. */
interface PackedParts {
  readonly bytes: ArrayBuffer;
  readonly lengths: readonly number[];
}

/** An `LlmpError`, which loses its class on the way. */
interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause: unknown;
}

/** The result of a job whose stage has returned `outcome` and sent `parts`. */
export function resultOf(
  outcome: Outcome,
  body: RequestBody,
  parts: readonly Uint8Array[],
): JobResult {
  if (outcome.kind === 'refuse') return { kind: 'refuse', error: sentError(outcome.error) };
  if (outcome.kind === 'respond') throw new TypeError('a scrubber does not respond');
  const { edits = [], envelope } = outcome;
  return {
    kind: 'pass',
    ...(edits.length > 0 ? { body: ownBuffer(body.edit(edits).bytes) } : {}),
    ...(envelope ? { envelope } : {}),
    vault: {
      bytes: ownBuffer(Buffer.concat(parts)),
      lengths: parts.map(({ byteLength }) => byteLength),
    },
  };
}

/** The result of a job whose stage has thrown. */
export function failureOf(thrown: unknown): JobResult {
  if (thrown instanceof LlmpError) return { kind: 'thrown', error: sentError(thrown) };
  return { kind: 'failed', error: thrown };
}

/** What moves to the gateway's thread without a copy. */
export function movedWith(result: JobResult): ArrayBuffer[] {
  if (result.kind !== 'pass') return [];
  return result.body ? [result.body, result.vault.bytes] : [result.vault.bytes];
}

/** @throws what the stage has thrown */
export function outcomeOf(result: JobResult): Outcome {
  switch (result.kind) {
    case 'pass':
      return {
        kind: 'pass',
        ...(result.body ? { body: new RequestBody(new Uint8Array(result.body)) } : {}),
        ...(result.envelope ? { envelope: result.envelope } : {}),
      };
    case 'refuse':
      return { kind: 'refuse', error: receivedError(result.error) };
    case 'thrown':
      throw receivedError(result.error);
    case 'failed':
      throw result.error;
  }
}

/** The parts of the vault, one in each step. */
export function* partsOf(result: JobResult): Generator<Uint8Array, void> {
  if (result.kind !== 'pass') return;
  const { bytes, lengths } = result.vault;
  let at = 0;
  for (const length of lengths) {
    yield new Uint8Array(bytes, at, length);
    at += length;
  }
}

function sentError({ code, message, cause }: LlmpError): SentError {
  return { code, message, cause };
}

function receivedError({ code, message, cause }: SentError): LlmpError {
  return new LlmpError(code, message, { cause });
}

/** A buffer with these bytes alone, as only complete buffers can move. */
function ownBuffer({ buffer, byteLength, byteOffset }: Uint8Array): ArrayBuffer {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) return buffer;
  return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
}
