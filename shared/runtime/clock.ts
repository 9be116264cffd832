// The only source of time. Parts receive a Clock, so tests advance time by hand and never sleep.

export interface Clock {
  /** Milliseconds since the epoch, for stamps that people read. */
  now(): number;
  /** Milliseconds on a clock that never goes back, for durations and deadlines. */
  monotonic(): number;
  /** Calls `run` once after `delayMs`; the returned function takes the call back. */
  after(delayMs: number, run: () => void): () => void;
  /** Calls `run` every `periodMs` until the returned function is called. */
  every(periodMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, run) {
    const timer = setInterval(run, periodMs);
    return () => clearInterval(timer);
  },
};

/** Does `work` with a signal that aborts with `signal`, or after `delayMs`. */
export async function withDeadline<T>(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cancelTimer = clock.after(delayMs, () =>
    late.abort(new Error('there was no answer in time')),
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    cancelTimer();
  }
}

/** Waits for `work`, but no longer than `delayMs`; says whether it ended by then, or rejects as it does. */
export async function endsWithin(
  clock: Pick<Clock, 'after'>,
  delayMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const cancelTimer = clock.after(delayMs, () => late.resolve(false));
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    cancelTimer();
  }
}

/** Resolves after `delayMs`, or at once when `signal` aborts; the caller looks at the signal. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const finish = () => {
      cancelTimer();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancelTimer = clock.after(delayMs, finish);
    signal?.addEventListener('abort', finish, { once: true });
  });
}
