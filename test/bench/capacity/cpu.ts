// CPU time of processes by thread, in nanoseconds, and of the machine, from Linux's /proc.

import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { Child } from '../processes.ts';

const NS_PER_MS = 1e6;

export interface Cpu {
  /** Of the main thread, which has the event loop. */
  readonly mainMs: number;
  readonly otherMs: number;
}

export function mainThreadMs({ pid }: Child): number {
  return threadMs(pid, pid);
}

export function cpuOf({ pid }: Child): Cpu {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  const allMs = threads.reduce((sum, thread) => sum + threadMs(pid, thread), 0);
  const mainMs = threadMs(pid, pid);
  return { mainMs, otherMs: allMs - mainMs };
}

/** CPU time that all programs together have had. */
export function machineBusyMs(): number {
  return cpus().reduce(
    (sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq,
    0,
  );
}

function threadMs(pid: number, thread: number): number {
  try {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(ran) / NS_PER_MS;
  } catch (error) {
    // The thread has just ended.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
