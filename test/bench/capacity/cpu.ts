// CPU time of processes by thread, in nanoseconds, and of the machine, from Linux's /proc.

import { cpus } from 'node:os';
import { threadMs, threadTimes } from '../cpu-meter.ts';
import type { Child } from '../processes.ts';

export interface Cpu {
  /** Of the main thread, which has the event loop. */
  readonly mainMs: number;
  readonly otherMs: number;
}

export function mainThreadMs({ pid }: Child): number {
  return threadMs(pid, pid);
}

export function cpuOf(child: Child): Cpu {
  const times = threadTimes(child);
  const allMs = times.values().reduce((sum, ms) => sum + ms, 0);
  const mainMs = times.get(child.pid) ?? 0;
  return { mainMs, otherMs: allMs - mainMs };
}

/** CPU time that all programs together have had. */
export function machineBusyMs(): number {
  return cpus().reduce(
    (sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq,
    0,
  );
}
