/**
 * Like `Promise.all`, but aborts the other tasks when one fails and waits until all have stopped before it
 * rejects with the first failure.
 */
export async function allOrAbort<T>(
  outer: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const started = tasks.map(async (task) => {
    try {
      return await task(signal);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(started);
  if (failure.signal.aborted) throw failure.signal.reason;
  return Promise.all(started);
}
