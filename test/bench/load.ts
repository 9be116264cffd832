// The load: so many requests at a fixed concurrency over kept-alive connections, each answer checked.
// It shares the machine with what it measures, so it does as little as it can.

import { Pool } from 'undici';
import type { Candidate } from './candidates.ts';
import { FRAMING_EVENTS } from './upstream.ts';

const PATH = '/v1/messages';

export interface Load {
  readonly body: Buffer;
  readonly requests: number;
  readonly concurrency: number;
  /** Asks for a stream of so many deltas, one every `gapMs`. */
  readonly stream?: { readonly deltas: number; readonly gapMs: number };
}

export interface Measured {
  /** Milliseconds to the last byte, by request. */
  readonly wholeMs: readonly number[];
  /** Milliseconds to the first byte of the body, by request. */
  readonly firstByteMs: readonly number[];
  /** Events of streams, over all requests. */
  readonly events: number;
}

/** Connections to one candidate, kept over all rounds. */
export function connectTo({ url }: Candidate, connections: number): Pool {
  return new Pool(url, { connections, headersTimeout: 60_000, bodyTimeout: 60_000 });
}

export async function run(pool: Pool, candidate: Candidate, load: Load): Promise<Measured> {
  const wholeMs: number[] = [];
  const firstByteMs: number[] = [];
  const headers = { ...candidate.headers, 'content-type': 'application/json', ...asked(load) };
  let begun = 0;
  const work = async () => {
    while (begun < load.requests) {
      begun += 1;
      const startMs = performance.now();
      const reply = await pool.request({ path: PATH, method: 'POST', headers, body: load.body });
      let last: Buffer | undefined;
      for await (const chunk of reply.body) {
        if (!last) firstByteMs.push(performance.now() - startMs);
        last = chunk as Buffer;
      }
      wholeMs.push(performance.now() - startMs);
      const end = load.stream ? '"message_stop"}\n\n' : '}';
      if (reply.statusCode !== 200 || !last?.toString().endsWith(end)) {
        throw new Error(`${candidate.name} answered ${reply.statusCode}: ${String(last)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, work));
  const events = load.stream ? load.requests * (load.stream.deltas + FRAMING_EVENTS) : 0;
  return { wholeMs, firstByteMs, events };
}

function asked({ stream }: Load): Record<string, string> {
  if (!stream) return {};
  return { 'x-bench-events': String(stream.deltas), 'x-bench-gap-ms': String(stream.gapMs) };
}
