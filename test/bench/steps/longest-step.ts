// The longest step of this thread's event loop, without the pauses of the garbage collector.

import { PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';

export interface Steps {
  /** The longest step, and the CPU time of all. */
  readonly longestMs: number;
  readonly totalMs: number;
}

interface Turn {
  readonly startMs: number;
  readonly endMs: number;
  readonly cpuMs: number;
}

/** Shorter steps are not looked at. */
const LOOKED_AT_MS = 2;
/** The kernel counts CPU time in ticks. */
const TICK_MS = 4;

/** Measures until `work` is done, which should wait for another thread. */
export async function stepsDuring(work: Promise<unknown>): Promise<Steps> {
  const pauses: PerformanceEntry[] = [];
  const observer = new PerformanceObserver((list) => pauses.push(...list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  const turns: Turn[] = [];
  const firstMs = threadMs();
  let startMs = performance.now();
  let startCpuMs = firstMs;
  let isDone = false;
  const sample = () => {
    const endMs = performance.now();
    if (endMs - startMs > LOOKED_AT_MS) {
      turns.push({ startMs, endMs, cpuMs: threadMs() - startCpuMs });
    }
    // Not counted: the measurement itself.
    startMs = performance.now();
    startCpuMs = threadMs();
    if (!isDone) setImmediate(sample);
  };
  setImmediate(sample);
  try {
    await work;
  } finally {
    isDone = true;
  }
  const totalMs = threadMs() - firstMs;
  // Entries are delivered in a later turn.
  await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
  observer.disconnect();
  return { longestMs: Math.max(0, ...turns.map((turn) => ownMs(turn, pauses))), totalMs };
}

/** Neither what other processes took nor the garbage collector is the step's own. */
function ownMs({ startMs, endMs, cpuMs }: Turn, pauses: readonly PerformanceEntry[]): number {
  let pausedMs = 0;
  for (const { startTime, duration } of pauses) {
    const from = Math.max(startMs, startTime);
    pausedMs += Math.max(0, Math.min(endMs, startTime + duration) - from);
  }
  return Math.min(endMs - startMs, cpuMs + TICK_MS / 2) - pausedMs;
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
