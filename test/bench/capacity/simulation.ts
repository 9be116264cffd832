// Simulates requests on their way through processes: each process has a queue and threads that work on it in
// time slices; a stage has places, asks again while all are taken, and then refuses with 529.

import type { Chance } from '../../kit/seeded.ts';
import { Timeline } from './timeline.ts';

/** Equal processes. */
export interface Group {
  readonly processes: number;
  /** Threads that work at once; one is an event loop. */
  readonly threads: number;
}

type Sampler = (chance: Chance) => number;

/** What a request does next. */
export type Step =
  /** Takes a place of a stage in a random process of the group; stays where it is, if it is there. */
  | { readonly enter: string; readonly stage: string; readonly places: number }
  | { readonly leave: string; readonly stage: string }
  /** Waits for a thread of its process and for CPU time; `wakeMs` more if the process has nothing to do. */
  | { readonly work: string; readonly ms: Sampler; readonly wakeMs?: number }
  /** CPU time that the request does not wait for. */
  | { readonly aside: string; readonly ms: Sampler; readonly wakeMs?: number }
  | { readonly waitMs: number };

export type Arrivals =
  | { readonly kind: 'random' | 'regular'; readonly perSecond: number }
  /** Clients that send the next request when they have the response. */
  | { readonly kind: 'closed'; readonly clients: number };

export interface Scenario {
  /** May be a fraction: what other programs leave. */
  readonly cores: number;
  readonly groups: Readonly<Record<string, Group>>;
  readonly steps: readonly Step[];
  readonly arrivals: Arrivals;
  readonly requests: number;
  /** Requests at the beginning that do not count. */
  readonly warmup: number;
  /** Pauses before a busy stage is asked again, as in `limits.pipeline.busyRetryMs`. */
  readonly busyRetryMs: readonly number[];
  /** Longest work on one request at a stretch. */
  readonly sliceMs: number;
  readonly chance: Chance;
}

export interface Outcome {
  readonly perSecond: number;
  readonly responseMs: readonly number[];
  readonly refused: number;
  /** CPU time of all groups for each request. */
  readonly cpuMs: number;
  /** Average of threads that work, by group. */
  readonly busyThreads: Readonly<Record<string, number>>;
}

/** A number from 0 to 1, exclusive. */
export const fraction = (chance: Chance): number => (chance(2 ** 32) + 0.5) / 2 ** 32;

export const exponential =
  (meanMs: number): Sampler =>
  (chance) =>
    -Math.log(fraction(chance)) * meanMs;

/** One of the samples, scaled by a factor. */
export const sampled =
  (samples: readonly number[], factor: number): Sampler =>
  (chance) =>
    (samples[chance(samples.length)] ?? 0) * factor;

interface Job {
  leftMs: number;
  readonly done: () => void;
}

class Process {
  readonly taken = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #sliceMs: number;
  readonly #queue: Job[] = [];
  readonly #threads: number;
  #running = 0;
  busyMs = 0;
  cpuMs = 0;

  constructor(timeline: Timeline, threads: number, sliceMs: number) {
    this.#timeline = timeline;
    this.#threads = threads;
    this.#sliceMs = sliceMs;
  }

  work(ms: number, wakeMs: number, done: () => void): void {
    const leftMs = this.#running === 0 ? ms + wakeMs : ms;
    this.cpuMs += leftMs;
    this.#queue.push({ leftMs, done });
    this.#next();
  }

  #next(): void {
    while (this.#running < this.#threads) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#running += 1;
      this.#run(job);
    }
  }

  #run(job: Job): void {
    const ms = Math.min(job.leftMs, this.#sliceMs);
    const startMs = this.#timeline.nowMs;
    this.#timeline.compute(ms, () => {
      this.busyMs += this.#timeline.nowMs - startMs;
      this.#running -= 1;
      job.leftMs -= ms;
      if (job.leftMs > 0) this.#queue.push(job);
      else job.done();
      this.#next();
    });
  }
}

/** What the requests of one simulation share. */
interface World {
  readonly scenario: Scenario;
  readonly timeline: Timeline;
  readonly groups: ReadonlyMap<string, readonly Process[]>;
}

/** One request on its way through the steps. */
class Journey {
  readonly #world: World;
  readonly #processes = new Map<string, Process>();
  readonly #stages = new Map<string, Process>();
  readonly #ended: (isRefused: boolean) => void;

  constructor(world: World, ended: (isRefused: boolean) => void) {
    this.#world = world;
    this.#ended = ended;
  }

  goOn(at = 0): void {
    const { timeline, scenario } = this.#world;
    const step = scenario.steps[at];
    const next = () => this.goOn(at + 1);
    if (step === undefined) return this.#end(false);
    if ('waitMs' in step) return timeline.after(step.waitMs, next);
    if ('work' in step) return this.#work(step.work, step, next);
    if ('enter' in step) return this.#enter(step, 0, next);
    if ('aside' in step) this.#work(step.aside, step, () => {});
    else this.#leave(step.stage);
    next();
  }

  #work(
    group: string,
    { ms, wakeMs = 0 }: { readonly ms: Sampler; readonly wakeMs?: number },
    done: () => void,
  ): void {
    this.#processOf(group).work(ms(this.#world.scenario.chance), wakeMs, done);
  }

  #enter(step: Extract<Step, { enter: string }>, tries: number, entered: () => void): void {
    const { timeline, scenario } = this.#world;
    const process = this.#processes.get(step.enter) ?? this.#anyOf(step.enter);
    const taken = process.taken.get(step.stage) ?? 0;
    if (taken < step.places) {
      process.taken.set(step.stage, taken + 1);
      this.#processes.set(step.enter, process);
      this.#stages.set(step.stage, process);
      return entered();
    }
    const pauseMs = scenario.busyRetryMs[tries];
    if (pauseMs === undefined) return this.#end(true);
    timeline.after(pauseMs, () => this.#enter(step, tries + 1, entered));
  }

  #leave(stage: string): void {
    const process = this.#stages.get(stage);
    if (!process) return;
    process.taken.set(stage, (process.taken.get(stage) ?? 0) - 1);
    this.#stages.delete(stage);
  }

  #end(isRefused: boolean): void {
    for (const stage of this.#stages.keys()) this.#leave(stage);
    this.#ended(isRefused);
  }

  #processOf(group: string): Process {
    const process = this.#processes.get(group) ?? this.#anyOf(group);
    this.#processes.set(group, process);
    return process;
  }

  /** As a queue group of NATS chooses. */
  #anyOf(group: string): Process {
    const processes = this.#world.groups.get(group) ?? [];
    const { chance } = this.#world.scenario;
    const process = processes[processes.length > 1 ? chance(processes.length) : 0];
    if (!process) throw new RangeError(`there is no process ${group}`);
    return process;
  }
}

export function simulate(scenario: Scenario): Outcome {
  const { cores, sliceMs, warmup } = scenario;
  const timeline = new Timeline(cores);
  const groups = new Map(
    Object.entries(scenario.groups).map(([name, { processes, threads }]) => [
      name,
      Array.from({ length: processes }, () => new Process(timeline, threads, sliceMs)),
    ]),
  );
  const world = { scenario, timeline, groups };
  const responseMs: number[] = [];
  let [started, refused, firstMs, lastMs] = [0, 0, 0, 0];
  const begin = (finished: () => void): void => {
    const isCounted = (started += 1) > warmup;
    const startMs = timeline.nowMs;
    if (started === warmup + 1) firstMs = startMs;
    new Journey(world, (isRefused) => {
      lastMs = timeline.nowMs;
      if (isCounted && isRefused) refused += 1;
      else if (isCounted) responseMs.push(lastMs - startMs);
      finished();
    }).goOn();
  };
  start(timeline, scenario, begin);
  timeline.runAll();
  const busyThreads = Object.fromEntries(
    Array.from(groups, ([name, processes]) => [
      name,
      processes.reduce((sum, { busyMs }) => sum + busyMs, 0) / timeline.nowMs,
    ]),
  );
  const perSecond = responseMs.length / ((lastMs - firstMs) / 1_000);
  const allMs = [...groups.values()].flat().reduce((sum, { cpuMs }) => sum + cpuMs, 0);
  return { perSecond, responseMs, refused, cpuMs: allMs / scenario.requests, busyThreads };
}

function start(
  timeline: Timeline,
  { arrivals, requests, chance }: Scenario,
  begin: (finished: () => void) => void,
): void {
  let sent = 0;
  if (arrivals.kind === 'closed') {
    const again = (): void => {
      if (sent >= requests) return;
      sent += 1;
      // From the timeline, so that an immediate refusal does not nest.
      timeline.after(0, () => begin(again));
    };
    for (let client = 0; client < arrivals.clients; client += 1) again();
    return;
  }
  const gapMs = 1_000 / arrivals.perSecond;
  const gap = arrivals.kind === 'random' ? exponential(gapMs) : () => gapMs;
  const arrive = (): void => {
    sent += 1;
    begin(() => {});
    if (sent < requests) timeline.after(gap(chance), arrive);
  };
  arrive();
}

/** The value that a share of the samples does not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const mean = (samples: readonly number[]): number =>
  samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
