// The gateway as the simulation sees it: the way of a request through processes, with measured CPU times.

import { limits } from '../../../shared/limits.ts';
import { seeded } from '../../kit/seeded.ts';
import type { Cpu } from './cpu.ts';
import { sampled, simulate, type Arrivals, type Outcome, type Step } from './simulation.ts';

export interface Costs {
  /** CPU time of a request among others, by group. */
  readonly cpu: ReadonlyMap<string, Cpu>;
  /** What a request takes that is alone, because every process wakes up for each step of it. */
  readonly alone: ReadonlyMap<string, Cpu>;
  /** Main thread times of single requests as multiples of their mean. */
  readonly spread: ReadonlyMap<string, readonly number[]>;
}

export interface Question {
  readonly costs: Costs;
  /** Processes of each group. */
  readonly processes: Readonly<Record<string, number>>;
  readonly arrivals: Arrivals;
  readonly cores: number;
  /** Cores that other programs use. */
  readonly otherCores: number;
  readonly requests: number;
  readonly seed?: number;
}

/** Threads of these servers do not wait for each other. */
const PARALLEL = new Set(['nats']);
/** Messages between the processes for one request: each passes the broker. */
const HOPS = 5;
/** Share of the work of a stage before it hands the request on; the rest follows with the response. */
const BEFORE = { client: 0.5, llmp: 0.7, ingress: 0.6, upstream: 0.6 };

const { inFlightMax, busyRetryMs } = limits.pipeline;

export function predict(question: Question): Outcome {
  const { costs, processes, arrivals, cores, otherCores, requests, seed = 1 } = question;
  const groups = Object.entries(processes).flatMap(([name, count]) => {
    const threads = PARALLEL.has(name) ? Number.POSITIVE_INFINITY : 1;
    const others = { processes: 1, threads: Number.POSITIVE_INFINITY };
    return [
      [name, { processes: count, threads }],
      [asideOf(name), others],
    ] as const;
  });
  return simulate({
    cores: cores - otherCores,
    groups: Object.fromEntries(groups),
    steps: 'llmp' in processes ? singleSteps(costs) : spreadSteps(costs),
    arrivals,
    requests,
    warmup: Math.floor(requests / 10),
    busyRetryMs,
    sliceMs: limits.eventLoop.timeSliceMs,
    chance: seeded(seed),
  });
}

/** Most requests per second: of the cores, and of the event loops of each group. */
export function boundsOf({ costs, processes, cores, otherCores }: Omit<Question, 'arrivals'>) {
  const all = costs.cpu.values().reduce((sum, { mainMs, otherMs }) => sum + mainMs + otherMs, 0);
  const loops = Object.entries(processes)
    .filter(([name]) => !PARALLEL.has(name))
    .map(([name, count]): [string, number] => [
      name,
      count / ((costs.cpu.get(name)?.mainMs ?? 0) / 1_000),
    ]);
  return new Map([['cores', (cores - otherCores) / (all / 1_000)], ...loops]);
}

const asideOf = (name: string): string => `${name}, other threads`;

function work({ cpu, alone, spread }: Costs, name: string, share = 1): Step {
  const ms = cpu.get(name)?.mainMs ?? 0;
  const wakeMs = Math.max(0, (alone.get(name)?.mainMs ?? 0) - ms) * share;
  return { work: name, ms: sampled(spread.get(name) ?? [1], ms * share), wakeMs };
}

function aside({ cpu, alone }: Costs, name: string): Step {
  const ms = cpu.get(name)?.otherMs ?? 0;
  const wakeMs = Math.max(0, (alone.get(name)?.otherMs ?? 0) - ms);
  return { aside: asideOf(name), ms: () => ms, wakeMs };
}

function singleSteps(costs: Costs): Step[] {
  return [
    work(costs, 'client', BEFORE.client),
    aside(costs, 'llmp'),
    work(costs, 'llmp', BEFORE.llmp),
    { enter: 'llmp', stage: 'upstream', places: inFlightMax.upstream },
    work(costs, 'provider'),
    work(costs, 'llmp', 1 - BEFORE.llmp),
    { leave: 'llmp', stage: 'upstream' },
    aside(costs, 'client'),
    work(costs, 'client', 1 - BEFORE.client),
  ];
}

function spreadSteps(costs: Costs): Step[] {
  // The work of the broker moves between its threads.
  const [brokerMs, brokerAloneMs] = [costs.cpu, costs.alone].map((cpu) => {
    const { mainMs = 0, otherMs = 0 } = cpu.get('nats') ?? {};
    return (mainMs + otherMs) / HOPS;
  }) as [number, number];
  const wakeMs = Math.max(0, brokerAloneMs - brokerMs);
  const hop: Step = { work: 'nats', ms: () => brokerMs, wakeMs };
  const stage = (name: 'scrubber' | 'policy'): Step[] => [
    hop,
    { enter: name, stage: name, places: inFlightMax[name] },
    work(costs, name),
    { leave: name, stage: name },
    aside(costs, name),
  ];
  return [
    work(costs, 'client', BEFORE.client),
    work(costs, 'ingress', BEFORE.ingress),
    work(costs, 'redis'),
    ...stage('scrubber'),
    ...stage('policy'),
    hop,
    { enter: 'upstream', stage: 'upstream', places: inFlightMax.upstream },
    work(costs, 'upstream', BEFORE.upstream),
    work(costs, 'provider'),
    work(costs, 'upstream', 1 - BEFORE.upstream),
    { leave: 'upstream', stage: 'upstream' },
    hop,
    ...['ingress', 'upstream', 'redis', 'client'].map((name) => aside(costs, name)),
    work(costs, 'ingress', 1 - BEFORE.ingress),
    hop,
    work(costs, 'client', 1 - BEFORE.client),
  ];
}
