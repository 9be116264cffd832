// Counts failures per key, so that a client's retry can succeed. In memory; beyond `KEYS_MAX` the oldest
// key is forgotten.

const KEYS_MAX = 1_000;

/** Returns true for the first `times` calls with a key. */
export type FailureCount = (key: string, times: number) => boolean;

export function createFailureCount(): FailureCount {
  const failuresByKey = new Map<string, number>();
  return (key, times) => {
    const failures = failuresByKey.get(key) ?? 0;
    if (failures >= times) return false;
    failuresByKey.set(key, failures + 1);
    const [oldest] = failuresByKey.keys();
    if (failuresByKey.size > KEYS_MAX && oldest !== undefined) failuresByKey.delete(oldest);
    return true;
  };
}
