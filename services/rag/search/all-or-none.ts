// Several works of which none is of use without the others.

/**
 * Does all of them at once and gives what they give. When one fails, the others are told by their
 * signal; only when none goes on does it reject, with the first failure.
 */
export async function allOrNone<T>(
  outer: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<T>)[],
): Promise<T[]> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outer, failure.signal]);
  const started = works.map(async (work) => {
    try {
      return await work(signal);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(started);
  if (failure.signal.aborted) throw failure.signal.reason;
  return Promise.all(started);
}
