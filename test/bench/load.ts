// Sends requests over keep-alive connections at a fixed concurrency or rate; at a fixed rate, time counts
// from the scheduled start, so queueing is included. Unlike existing tools it sends a new body each time,
// verifies every response and times each stream event.

import { Pool } from 'undici';
import type { Candidate } from './candidates.ts';
import { FRAMING_EVENTS, streamWish } from './upstream.ts';

export type Load = ClosedLoad | RatedLoad;

interface AnyLoad {
  /** A new body for each request. */
  readonly body: () => Buffer;
  readonly path: string;
  readonly requests: number;
  /** Requests a stream with this many deltas, one every `gapMs`. */
  readonly stream?: { readonly deltas: number; readonly gapMs: number };
}

export interface ClosedLoad extends AnyLoad {
  readonly concurrency: number;
  /** No request starts after this time. */
  readonly msMax?: number;
  /** Delay between the first requests, so streams do not start at the same instant. */
  readonly rampMs?: number;
}

export interface RatedLoad extends AnyLoad {
  readonly perSecond: number;
}

export interface Measured {
  /** Milliseconds to the last byte, per request. */
  readonly lastByteMs: number[];
  /** Milliseconds to the first body byte, per request. */
  readonly firstByteMs: number[];
  /** Milliseconds between consecutive stream events; 0 for events that arrive together. */
  readonly gapsMs: number[];
  /** Stream events over all requests. */
  events: number;
}

/** Connections to one candidate, reused in all rounds. */
export function connectTo({ url }: Candidate, connections: number): Pool {
  return new Pool(url, { connections, headersTimeout: 60_000, bodyTimeout: 60_000 });
}

/** Rejects on an unexpected response. */
export async function run(pool: Pool, candidate: Candidate, load: Load): Promise<Measured> {
  const measured: Measured = { lastByteMs: [], firstByteMs: [], gapsMs: [], events: 0 };
  const request = (body: Buffer, startMs: number) =>
    requestOnce({ pool, candidate, load, measured, body, startMs });
  if ('perSecond' in load) {
    await atRate(load, request);
    return measured;
  }
  let started = 0;
  const { rampMs = 0, msMax = Infinity } = load;
  const startedMs = performance.now();
  const work = async (_: unknown, place: number) => {
    if (rampMs > 0) await new Promise((resolve) => setTimeout(resolve, place * rampMs));
    while (started < load.requests && performance.now() - startedMs < msMax) {
      started += 1;
      const body = load.body();
      await request(body, performance.now());
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }).map(work));
  return measured;
}

async function atRate(
  { requests, perSecond, body }: RatedLoad,
  request: (body: Buffer, startMs: number) => Promise<void>,
): Promise<void> {
  const firstMs = performance.now();
  const open: Promise<void>[] = [];
  for (let at = 0; at < requests; at += 1) {
    const dueMs = firstMs + (at * 1_000) / perSecond;
    const next = body();
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    open.push(request(next, dueMs));
  }
  await Promise.all(open);
}

interface Once {
  readonly pool: Pool;
  readonly candidate: Candidate;
  readonly load: Load;
  readonly measured: Measured;
  readonly body: Buffer;
  readonly startMs: number;
}

async function requestOnce({ pool, candidate, load, measured, body, startMs }: Once) {
  const response = await pool.request({
    path: load.path,
    method: 'POST',
    headers: { ...candidate.headers, 'content-type': 'application/json' },
    body: withStream(body, load),
  });
  let last: Buffer | undefined;
  let lastMs = 0;
  let events = 0;
  for await (const chunk of response.body) {
    const nowMs = performance.now();
    const eventCount = load.stream ? eventsIn(chunk as Buffer) : 0;
    if (!last) measured.firstByteMs.push(nowMs - startMs);
    else if (eventCount > 0) measured.gapsMs.push(nowMs - lastMs);
    for (let more = 1; more < eventCount; more += 1) measured.gapsMs.push(0);
    events += eventCount;
    lastMs = nowMs;
    last = chunk as Buffer;
  }
  measured.lastByteMs.push(performance.now() - startMs);
  measured.events += events;
  const end = load.stream ? '"message_stop"}\n\n' : '}';
  const isComplete = !load.stream || events === load.stream.deltas + FRAMING_EVENTS;
  if (response.statusCode !== 200 || !isComplete || !last?.toString().endsWith(end)) {
    throw new Error(
      `${candidate.name} responded with ${response.statusCode}, ${events} events: ${String(last)}`,
    );
  }
}

function eventsIn(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf('\n\n'); at >= 0; at = chunk.indexOf('\n\n', at + 2)) count += 1;
  return count;
}

/** Tells the upstream how to stream. In the body, because not every gateway passes headers on. */
function withStream(body: Buffer, { stream }: Load): Buffer {
  if (!stream) return body;
  const metadata = JSON.stringify({ user_id: streamWish(stream) });
  return Buffer.concat([Buffer.from(`{"metadata":${metadata},`), body.subarray(1)]);
}
