// Measures a load on a deployment: CPU time by group and thread, what other programs took, and latency.

import type { Pool } from 'undici';
import { run, type Load } from '../load.ts';
import type { Child } from '../processes.ts';
import { cpuOf, machineBusyMs, mainThreadMs, type Cpu } from './cpu.ts';
import type { Deployment } from './deployment.ts';
import { mean } from './simulation.ts';

export interface Run {
  readonly seconds: number;
  readonly requests: number;
  readonly events: number;
  readonly lastByteMs: readonly number[];
  /** CPU time by group, over the whole run. */
  readonly cpu: ReadonlyMap<string, Cpu>;
  /** Cores that other programs used. */
  readonly otherCores: number;
}

/** @param during what to do meanwhile, such as sending requests */
export async function watched(
  { groups }: Deployment,
  during: () => Promise<{ lastByteMs: readonly number[]; events: number }>,
): Promise<Run> {
  const before = cpuByGroup(groups);
  const [busyBeforeMs, startMs] = [machineBusyMs(), performance.now()];
  const { lastByteMs, events } = await during();
  const passedMs = performance.now() - startMs;
  const busyMs = machineBusyMs() - busyBeforeMs;
  const cpu = new Map(
    Array.from(cpuByGroup(groups), ([name, now]) => {
      const { mainMs = 0, otherMs = 0 } = before.get(name) ?? {};
      return [name, { mainMs: now.mainMs - mainMs, otherMs: now.otherMs - otherMs }];
    }),
  );
  const oursMs = cpu.values().reduce((sum, { mainMs, otherMs }) => sum + mainMs + otherMs, 0);
  return {
    seconds: passedMs / 1_000,
    requests: lastByteMs.length,
    events,
    lastByteMs,
    cpu,
    otherCores: Math.max(0, (busyMs - oursMs) / passedMs),
  };
}

export async function measureLoad(deployment: Deployment, pool: Pool, load: Load): Promise<Run> {
  return await watched(deployment, () => run(pool, deployment.candidate, load));
}

/** CPU time that a deployment takes without requests, by group and second. */
export async function measureIdle(deployment: Deployment, seconds: number) {
  const rest = () => new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000));
  const idle = await watched(deployment, async () => {
    await rest();
    return { lastByteMs: [], events: 0 };
  });
  return perSecond(idle);
}

export function perSecond({ cpu, seconds }: Run): Map<string, Cpu> {
  return mapCpu(cpu, (ms) => ms / seconds);
}

/** CPU time of each request, without what the processes take when idle. */
export function perRequest(measured: Run, idle: ReadonlyMap<string, Cpu>): Map<string, Cpu> {
  const { cpu, seconds, requests } = measured;
  const without = (ms: number, idleMs = 0) => Math.max(0, (ms - idleMs * seconds) / requests);
  return new Map(
    Array.from(cpu, ([name, { mainMs, otherMs }]) => [
      name,
      {
        mainMs: without(mainMs, idle.get(name)?.mainMs),
        otherMs: without(otherMs, idle.get(name)?.otherMs),
      },
    ]),
  );
}

/** Main thread CPU time of single requests, as multiples of the mean, by group. */
export async function measureSpread(
  deployment: Deployment,
  send: () => Promise<void>,
  requests: number,
): Promise<Map<string, number[]>> {
  const samples = new Map<string, number[]>();
  for (let at = 0; at < requests; at += 1) {
    const before = mainByGroup(deployment.groups);
    await send();
    for (const [name, ms] of mainByGroup(deployment.groups)) {
      samples.set(name, [...(samples.get(name) ?? []), ms - (before.get(name) ?? 0)]);
    }
  }
  return new Map(
    Array.from(samples, ([name, all]) => [name, all.map((ms) => ms / (mean(all) || 1))]),
  );
}

function mapCpu(cpu: ReadonlyMap<string, Cpu>, change: (ms: number) => number): Map<string, Cpu> {
  return new Map(
    Array.from(cpu, ([name, { mainMs, otherMs }]) => [
      name,
      { mainMs: change(mainMs), otherMs: change(otherMs) },
    ]),
  );
}

function cpuByGroup(groups: ReadonlyMap<string, readonly Child[]>): Map<string, Cpu> {
  return new Map(
    Array.from(groups, ([name, children]) => {
      const all = children.map(cpuOf);
      return [
        name,
        {
          mainMs: all.reduce((sum, { mainMs }) => sum + mainMs, 0),
          otherMs: all.reduce((sum, { otherMs }) => sum + otherMs, 0),
        },
      ];
    }),
  );
}

function mainByGroup(groups: ReadonlyMap<string, readonly Child[]>): Map<string, number> {
  return new Map(
    Array.from(groups, ([name, children]) => [
      name,
      children.reduce((sum, child) => sum + mainThreadMs(child), 0),
    ]),
  );
}
