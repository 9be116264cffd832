// Workers and servers for a load, from measured costs. docs/scaling.md has its tables.

import { limits } from '../../../shared/limits.ts';
import { table } from '../markdown.ts';

export interface Demand {
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly openStreams: number;
  /** Text of a request that its process has not seen before, and that it has. */
  readonly newKb: number;
  readonly knownKb: number;
  readonly eventsPerRequest: number;
}

/** CPU time in ms, memory in KB. */
interface Cost {
  readonly request: number;
  readonly newKb: number;
  readonly knownKb: number;
  readonly event: number;
  readonly openStreamPerSecond: number;
  readonly openStreamKb: number;
}

/**
 * CPU from RESULTS.md of 2026-11-29, `llmp-nats-full`: 1kb, (1mb − 1kb) / 999, (1mb-seen − 1kb) / 999, and
 * (105 events of streams-200 − 1kb) / 105. Open streams from `capacity shared`.
 */
export const COSTS = {
  ingress: cost(0.95, 0.0124, 0.0082, 0.036, 0.049, 174),
  scrubber: cost(0.785, 0.0407, 0.0162, 0),
  policy: cost(0.765, 0.0864, 0.0164, 0),
  upstream: cost(1.02, 0.0167, 0.0131, 0.075, 0.041, 90),
  NATS: cost(0.385, 0.0015, 0.001, 0.007, 0.006, 1),
} as const satisfies Record<string, Cost>;

function cost(
  request: number,
  newKb: number,
  knownKb: number,
  event: number,
  openStreamPerSecond = 0,
  openStreamKb = 0,
): Cost {
  return { request, newKb, knownKb, event, openStreamPerSecond, openStreamKb };
}

export type Part = keyof typeof COSTS;
export const PARTS = Object.keys(COSTS) as Part[];

/** Commands for one request with those of scripts, and their CPU time, from `capacity shared`. */
export const REDIS = {
  commandsPerRequest: 86,
  msPerRequest: 0.53,
  commandsPerStream: 1.8,
  msPerStream: 0.0025,
};

/** Of a core: what is left absorbs bursts, and at 60 % the 99th percentile of M/M/1 is 2.5 times as long. */
export const UTILISATION = 0.6;
/** Share of the places that are taken: streams spread over workers at random. */
const PLACES_USED = 0.8;

const PLACES: Partial<Record<Part, number>> = {
  upstream: limits.pipeline.inFlightMax.upstream,
  ingress: limits.http.connectionsMax,
};

export interface Need {
  /** CPU seconds each second. */
  readonly cores: number;
  /** Processes, each with one core. */
  readonly workers: number;
  /** What decides the number. */
  readonly by: 'CPU' | 'open streams';
  readonly streamGb: number;
}

export function needOf(part: Part, demand: Demand): Need {
  const { request, newKb, knownKb, event, openStreamPerSecond, openStreamKb } = COSTS[part];
  const { requestsPerSecond, openStreams, eventsPerRequest } = demand;
  const perRequestMs =
    request + demand.newKb * newKb + demand.knownKb * knownKb + eventsPerRequest * event;
  const cores = (requestsPerSecond * perRequestMs + openStreams * openStreamPerSecond) / 1_000;
  const byCpu = Math.ceil(cores / UTILISATION);
  const byStreams = Math.ceil(
    openStreams / ((PLACES[part] ?? Number.POSITIVE_INFINITY) * PLACES_USED),
  );
  return {
    cores,
    workers: Math.max(1, byCpu, byStreams),
    by: byStreams > byCpu ? 'open streams' : 'CPU',
    streamGb: (openStreams * openStreamKb) / 1e6,
  };
}

/** Commands and CPU time of Redis for requests and for the leases of open streams. */
export function redisNeed({ requestsPerSecond, openStreams }: Demand) {
  return {
    commandsPerSecond:
      requestsPerSecond * REDIS.commandsPerRequest + openStreams * REDIS.commandsPerStream,
    cores: (requestsPerSecond * REDIS.msPerRequest + openStreams * REDIS.msPerStream) / 1_000,
  };
}

/** A turn of a coding agent: 100 KB of known history, 4 KB of new text, an answer of 200 events. */
const TURN = { newKb: 4, knownKb: 100, eventsPerRequest: 200 };
export const DEMANDS: readonly Demand[] = [
  { name: '20/s, 500 streams', requestsPerSecond: 20, openStreams: 500, ...TURN },
  { name: '500/s, 20,000', requestsPerSecond: 500, openStreams: 20_000, ...TURN },
  { name: '10,000/s, 1,000,000', requestsPerSecond: 10_000, openStreams: 1_000_000, ...TURN },
];

export function planTables(): string {
  const rows = PARTS.map((part) => [
    part,
    ...DEMANDS.map((demand) => {
      const { cores, workers, by } = needOf(part, demand);
      if (part === 'NATS') return `${cores.toFixed(1)} cores`;
      return `${workers} (${by})`;
    }),
  ]);
  const redis = DEMANDS.map((demand) => {
    const { commandsPerSecond, cores } = redisNeed(demand);
    return `${Math.round(commandsPerSecond / 1_000)}k commands/s, ${cores.toFixed(1)} cores`;
  });
  return table(['', ...DEMANDS.map(({ name }) => name)], [...rows, ['Redis', ...redis]]);
}
