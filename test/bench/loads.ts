// The loads: each runs in a closed loop at a fixed concurrency (CPU), one request at a time (added latency)
// and at a low fixed rate (what users see). A slow candidate sends fewer requests in the time it has.

import { chatBodies, SIZES } from './bodies.ts';
import type { ClosedLoad, RatedLoad } from './load.ts';

export const LOADS = [
  '1kb',
  '20kb',
  '200kb',
  '1mb',
  'growing-20kb',
  'growing-1mb',
  'streams',
] as const;
export type LoadName = (typeof LOADS)[number];
export type RequestLoadName = Exclude<LoadName, 'streams'>;

/** Which part of each request is new. */
export const LOAD_NOTES: Readonly<Record<LoadName, string>> = {
  '1kb': 'every text is new',
  '20kb': 'every text is new',
  '200kb': 'every text is new',
  '1mb': 'every text is new',
  'growing-20kb': 'a conversation; the last answer and the last question are new',
  'growing-1mb': 'a conversation; the last answer and the last question are new',
  streams: '50 at once, each with an event every 20 ms',
};

export interface Plan {
  /** Sent first and not counted: a conversation that grows was seen before. */
  readonly first: ClosedLoad;
  /** Many at once: CPU, and everything about streams except the first byte. */
  readonly busy: ClosedLoad;
  /** One at a time. */
  readonly alone: ClosedLoad;
  /** At a fixed rate. */
  readonly steady?: RatedLoad;
}

/** How much is sent. */
export interface Extent {
  /** Share of the requests. */
  readonly share: number;
  /** After this time no request of the closed loop starts; half of it with one request at a time. */
  readonly msMax: number;
}

export const isStream = (name: LoadName): name is 'streams' => name === 'streams';

const PATH = '/v1/messages';
/** Concurrency of the closed loop. */
const CONCURRENCY = 8;
/** Connections; the maximum number of streams. */
export const CONNECTIONS = 50;
const STREAM = { deltas: 100, gapMs: 20 };
const STREAM_DELTAS_MIN = 25;
/** Delay between stream starts; all are open before the first ends. */
const RAMP_MS = 8;
const FIRST_BYTES = 60;

/** Request counts: closed loop, alone, fixed rate; then the rate per second. */
const COUNTS: Readonly<Record<RequestLoadName, readonly [number, number, number, number]>> = {
  '1kb': [1_000, 150, 160, 80],
  '20kb': [500, 80, 80, 40],
  '200kb': [100, 25, 16, 8],
  '1mb': [24, 8, 6, 2],
  'growing-20kb': [500, 80, 80, 40],
  'growing-1mb': [40, 12, 6, 2],
};

export function plansOf(names: readonly LoadName[], extent: Extent): Map<LoadName, Plan> {
  return new Map(
    names.map((name) => [name, isStream(name) ? streamPlan(extent) : requestPlan(name, extent)]),
  );
}

function requestPlan(name: RequestLoadName, { share, msMax }: Extent): Plan {
  const part = (count: number) => Math.ceil(count * share);
  const isGrowing = name.startsWith('growing');
  const bodies = chatBodies(SIZES[name.replace('growing-', '') as keyof typeof SIZES]);
  const body = isGrowing ? bodies.nextTurn : bodies.fresh;
  const [busy, alone, steady, perSecond] = COUNTS[name];
  const common = { body, path: PATH };
  return {
    first: { ...common, requests: 1, concurrency: 1 },
    busy: { ...common, requests: part(busy), concurrency: CONCURRENCY, msMax },
    alone: { ...common, requests: part(alone), concurrency: 1, msMax: msMax / 2 },
    steady: { ...common, requests: part(steady), perSecond },
  };
}

function streamPlan({ share, msMax }: Extent): Plan {
  const body = chatBodies(SIZES['1kb'], { stream: true }).fresh;
  const deltas = Math.max(STREAM_DELTAS_MIN, Math.ceil(STREAM.deltas * share));
  const common = { body, path: PATH };
  const short = { deltas: 0, gapMs: 1 };
  const requests = Math.ceil(FIRST_BYTES * Math.max(share, 1 / 3));
  return {
    first: { ...common, requests: 1, concurrency: 1, stream: short },
    busy: {
      ...common,
      requests: CONNECTIONS,
      concurrency: CONNECTIONS,
      rampMs: RAMP_MS,
      stream: { ...STREAM, deltas },
    },
    alone: { ...common, requests, concurrency: 1, msMax, stream: short },
  };
}
