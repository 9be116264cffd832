// Reads the body of a request, after its concurrency lease and its bytes have been granted, and within a
// minimum rate. Nothing waits for bytes to become free, so that uploads cannot block each other.

import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { HttpLimits } from '../../../shared/limits.ts';
import { TimeSlice } from '../../../shared/runtime/time-slice.ts';
import type { Admission } from '../admission/admission.ts';
import type { BodyBudget, BodyReservation } from '../admission/body-budget.ts';
import { mayHaveLease } from '../admission/limit-scopes.ts';

export interface BodyReceiverPorts {
  readonly admission: Pick<Admission, 'lease'>;
  readonly budget: Pick<BodyBudget, 'reserve'>;
  readonly clock: Clock;
  readonly timeSliceMs: number;
  readonly limits: Pick<
    HttpLimits,
    'requestArrivalMs' | 'bodyGraceMs' | 'bodyBytesPerSecondMin' | 'bodySegmentBytes'
  >;
}

/**
 * A parser of fastify for every content type with a body.
 * @throws `request_too_large`, `rate_limited`, `overloaded`, `store_down`, `request_timeout`,
 *   `client_disconnected`
 */
export type ReceiveBody = (request: FastifyRequest, payload: IncomingMessage) => Promise<Buffer>;

/** Bodies of administrators count as those of one key. */
const ADMIN_OWNER = 'admin';

/** Never aborts: joining segments takes milliseconds. */
const NO_SIGNAL = new AbortController().signal;

export function createBodyReceiver(ports: BodyReceiverPorts): ReceiveBody {
  const { admission, budget, limits } = ports;
  return async (request, payload) => {
    const { caller, state, raw, routeOptions } = request;
    const { bodyLimit: bytesMax } = routeOptions;
    const bytes = declaredBytes(raw);
    if (bytes !== undefined && bytes > bytesMax) throw tooLarge(bytesMax, bytes);
    if (routeOptions.config.isLeased === true && mayHaveLease(caller)) {
      // A body that came with its head takes everything at once, when its size and model are known.
      await new Promise((resolve) => void setImmediate(resolve));
      if (!raw.complete) await admission.lease(state, caller, request.id);
    }
    if (state.isOver === true || payload.destroyed) throw new LlmpError('client_disconnected');
    const owner = routeOptions.config.isAdmin === true ? ADMIN_OWNER : `key:${caller.tenant}`;
    const reservation = budget.reserve(owner, bytes ?? Math.min(bytesMax, limits.bodySegmentBytes));
    state.bodyReservation = reservation;
    state.inviteBody?.();
    try {
      return await read(payload, { ...ports, bytes, bytesMax, reservation });
    } catch (error) {
      reservation.release();
      throw error;
    }
  };
}

function declaredBytes({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

interface Upload extends Pick<BodyReceiverPorts, 'clock' | 'limits' | 'timeSliceMs'> {
  /** Absent for a chunked body. */
  readonly bytes: number | undefined;
  readonly bytesMax: number;
  readonly reservation: Pick<BodyReservation, 'resize'>;
}

async function read(payload: IncomingMessage, upload: Upload): Promise<Buffer> {
  const { clock, bytes, bytesMax, reservation, timeSliceMs } = upload;
  const { bodySegmentBytes } = upload.limits;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let segment = Buffer.allocUnsafeSlow(bytes ?? Math.min(bytesMax, bodySegmentBytes));
  const segments = [segment];
  let filled = 0;
  let received = 0;
  const append = (chunk: Buffer) => {
    received += chunk.byteLength;
    if (received > bytesMax) throw tooLarge(bytesMax);
    let rest = chunk;
    for (;;) {
      const copied = rest.copy(segment, filled);
      filled += copied;
      rest = rest.subarray(copied);
      if (rest.byteLength === 0) return;
      const size = Math.min(bodySegmentBytes, bytesMax - received + rest.byteLength);
      reservation.resize(received - rest.byteLength + size);
      segments.push((segment = Buffer.allocUnsafeSlow(size)));
      filled = 0;
    }
  };
  const onData = (chunk: Buffer) => {
    try {
      append(chunk);
    } catch (error) {
      reject(error);
    }
  };
  let hasEnded = false;
  const onEnd = () => {
    hasEnded = true;
    resolve();
  };
  const onClose = () => {
    if (!hasEnded) reject(new LlmpError('client_disconnected'));
  };
  payload.on('data', onData);
  payload.on('end', onEnd);
  payload.on('error', reject);
  payload.on('close', onClose);
  const stopTimer = watchRate(upload, () => received, reject);
  try {
    await promise;
  } catch (error) {
    payload.pause();
    throw error;
  } finally {
    stopTimer();
    payload.off('data', onData);
    payload.off('end', onEnd);
    payload.off('error', reject);
    payload.off('close', onClose);
  }
  if (bytes !== undefined) return segment;
  segments[segments.length - 1] = segment.subarray(0, filled);
  const timeSlice = new TimeSlice(clock, timeSliceMs, NO_SIGNAL);
  const body = await timeSlice.run(joined(segments, received));
  reservation.resize(received);
  return body;
}

/** Rejects with `request_timeout` once a body is late. @returns a function that ends the watch */
function watchRate(
  { clock, limits }: Pick<Upload, 'clock' | 'limits'>,
  received: () => number,
  reject: (error: LlmpError) => void,
): () => void {
  const { requestArrivalMs, bodyGraceMs, bodyBytesPerSecondMin } = limits;
  const startedMs = clock.monotonic();
  let isLate = false;
  const check = () => {
    const earnedMs = (received() / bodyBytesPerSecondMin) * 1_000;
    const leftMs =
      startedMs + Math.min(requestArrivalMs, bodyGraceMs + earnedMs) - clock.monotonic();
    // When the process itself was late, what has arrived meanwhile is read before the next timer.
    if (leftMs <= 0 && isLate) return reject(tooSlow(limits));
    isLate = leftMs <= 0;
    cancelTimer = clock.after(Math.max(0, leftMs), check);
  };
  let cancelTimer = clock.after(Math.min(requestArrivalMs, bodyGraceMs), check);
  return () => cancelTimer();
}

function tooSlow({ bodyBytesPerSecondMin }: Upload['limits']): LlmpError {
  const rate = Math.round(bodyBytesPerSecondMin / 1024);
  return new LlmpError(
    'request_timeout',
    `The request body did not arrive in time; at least ${rate} KiB/s are expected.`,
  );
}

/** Frees each segment once it is copied. */
function* joined(segments: Buffer[], bytes: number): Generator<void, Buffer> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for (let segment = segments.shift(); segment; segment = segments.shift()) {
    at += segment.copy(body, at);
    yield;
  }
  return body;
}

function tooLarge(bytesMax: number, bytes?: number): LlmpError {
  const sent = bytes === undefined ? 'more' : String(bytes);
  return new LlmpError(
    'request_too_large',
    `The request is larger than allowed: its body may have ${bytesMax} bytes, and has ${sent}.`,
  );
}
