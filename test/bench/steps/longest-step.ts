// The longest step of this thread's event loop, in CPU time: what other processes take does not count.

export interface Steps {
  /** CPU time of the longest step, and of all. */
  readonly longestMs: number;
  readonly totalMs: number;
}

/** Measures until `work` is done, which should wait for another thread. */
export async function stepsDuring(work: Promise<unknown>): Promise<Steps> {
  const startedMs = threadMs();
  let beforeMs = startedMs;
  let longestMs = 0;
  let isDone = false;
  const sample = () => {
    const nowMs = threadMs();
    longestMs = Math.max(longestMs, nowMs - beforeMs);
    // Not counted: the measurement itself.
    beforeMs = threadMs();
    if (!isDone) setImmediate(sample);
  };
  setImmediate(sample);
  try {
    await work;
  } finally {
    isDone = true;
  }
  return { longestMs, totalMs: threadMs() - startedMs };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
