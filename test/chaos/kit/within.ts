// A timeout that names what did not happen.

/** Resolves like `promise`; rejects after `deadlineMs`. */
export async function within<Value>(
  deadlineMs: number,
  what: string,
  promise: Promise<Value>,
): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`not within ${deadlineMs} ms: ${what}`)),
    deadlineMs,
  );
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
