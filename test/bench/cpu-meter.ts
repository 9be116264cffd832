// CPU time of processes in nanoseconds, user and kernel, from Linux's /proc.

import { readdirSync, readFileSync } from 'node:fs';
import type { Child } from './processes.ts';

const NS_PER_MS = 1e6;

/** Milliseconds by thread. */
export function threadTimes({ pid }: Child): Map<number, number> {
  const threads = readdirSync(`/proc/${pid}/task`).map(Number);
  return new Map(threads.map((thread) => [thread, threadMs(pid, thread)]));
}

export function threadMs(pid: number, thread: number): number {
  try {
    const [ran] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
    return Number(ran) / NS_PER_MS;
  } catch (error) {
    // The thread has just ended.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

/** Returns a function that says how much CPU time each process has taken since. */
export function startCpuMeter(processes: readonly Child[]): () => Map<string, number> {
  const before = processes.map(threadTimes);
  return () => {
    const byName = new Map<string, number>();
    for (const [at, child] of processes.entries()) {
      const spent = spentMs(before[at] ?? new Map<number, number>(), threadTimes(child));
      byName.set(child.name, (byName.get(child.name) ?? 0) + spent);
    }
    return byName;
  };
}

/** Between two readings; a thread that ended meanwhile is not counted. */
export function spentMs(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number {
  return after
    .entries()
    .reduce((sum, [thread, ms]) => sum + Math.max(0, ms - (before.get(thread) ?? 0)), 0);
}
