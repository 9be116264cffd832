// A wait with an end: names what did not come, where a bare time-out would only name the test.

/** What `promise` gives, or a rejection after `deadlineMs`. */
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
