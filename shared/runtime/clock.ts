// The only source of time. Components receive a Clock, so tests can control it.

export interface Clock {
  /** Milliseconds since the epoch, for timestamps. */
  now(): number;
  /** Milliseconds on a clock that never goes backwards, for durations and deadlines. */
  monotonic(): number;
  /** Calls `run` once after `delayMs`. @returns a function that cancels the timer */
  after(delayMs: number, run: () => void): () => void;
  /** Calls `run` every `periodMs`. @returns a function that cancels the timer */
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

/** Runs `work` with a signal that aborts after `delayMs` or with `signal`. */
export async function withDeadline<T>(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const cancelTimer = clock.after(delayMs, () =>
    deadline.abort(new Error('the deadline was exceeded')),
  );
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    cancelTimer();
  }
}

/** Whether `work` resolves within `delayMs`. Rejects if `work` rejects in time. */
export async function endsWithin(
  clock: Pick<Clock, 'after'>,
  delayMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const cancelTimer = clock.after(delayMs, () => timeout.resolve(false));
  try {
    return await Promise.race([work.then(() => true), timeout.promise]);
  } finally {
    cancelTimer();
  }
}

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
export function pause(
  clock: Pick<Clock, 'after'>,
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
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
