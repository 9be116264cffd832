// Throttles unknown credentials after too many from one address. A valid credential is never throttled,
// so a broken client does not lock out others that share its address.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError, WAIT_SECONDS_MAX } from '../../../shared/errors.ts';
import type { AuthLimits } from '../../../shared/limits.ts';

export interface FailureThrottlePorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<
    AuthLimits,
    'failuresMax' | 'failureWindowMs' | 'lookupsMax' | 'lookupsQueuedMax' | 'throttleEntriesMax'
  >;
}

export interface FailureThrottle {
  /**
   * Looks a credential up. For an address with too many failures, only a few look-ups run at a time,
   * besides those of credentials that were accepted before; the others wait.
   * @param hash the hash of the credential
   * @throws `too_many_auth_failures` if too many wait
   */
  lookUp<T>(address: string, hash: string, find: () => Promise<T>): Promise<T>;
  /**
   * Counts an unknown credential.
   * @returns `error`, or `too_many_auth_failures`
   */
  rejected(address: string, error: LlmpError): LlmpError;
  accepted(hash: string): void;
}

interface Lookups {
  running: number;
  readonly waiting: (() => void)[];
}

export function createFailureThrottle({ clock, limits }: FailureThrottlePorts): FailureThrottle {
  const windowByAddress = new Map<string, { untilMs: number; rejects: number }>();
  const acceptedHashes = new Map<string, true>();
  /** Lookups in progress, only for addresses with too many failures. */
  const lookupsByAddress = new Map<string, Lookups>();

  const windowOf = (address: string) => {
    const window = windowByAddress.get(address);
    return window && clock.monotonic() < window.untilMs ? window : undefined;
  };

  /** Why an address with too many failures is rejected; `undefined` for any other. */
  const throttling = (address: string) => {
    const window = windowOf(address);
    if (!window || window.rejects < limits.failuresMax) return undefined;
    const seconds = Math.ceil((window.untilMs - clock.monotonic()) / 1_000);
    const retryAfterSeconds = Math.min(seconds, WAIT_SECONDS_MAX);
    return new LlmpError('too_many_auth_failures', undefined, { retryAfterSeconds });
  };

  return {
    async lookUp(address, hash, find) {
      const error = throttling(address);
      if (!error || acceptedHashes.has(hash)) return find();
      const lookups = lookupsByAddress.get(address) ?? { running: 0, waiting: [] };
      lookupsByAddress.set(address, lookups);
      if (lookups.running < limits.lookupsMax) lookups.running += 1;
      else if (lookups.waiting.length >= limits.lookupsQueuedMax) throw error;
      else await new Promise<void>((resolve) => lookups.waiting.push(resolve));
      try {
        return await find();
      } finally {
        // The next lookup takes over this slot.
        const next = lookups.waiting.shift();
        if (next) next();
        else lookups.running -= 1;
        if (lookups.running === 0) lookupsByAddress.delete(address);
      }
    },
    rejected(address, error) {
      const throttled = throttling(address);
      if (throttled) return throttled;
      const untilMs = clock.monotonic() + limits.failureWindowMs;
      const window = windowOf(address) ?? { untilMs, rejects: 0 };
      window.rejects += 1;
      renew(windowByAddress, address, window, limits.throttleEntriesMax);
      return error;
    },
    accepted(hash) {
      renew(acceptedHashes, hash, true, limits.throttleEntriesMax);
    },
  };
}

/** Moves an entry to the end and evicts the least recently used one above `sizeMax`. */
function renew<T>(map: Map<string, T>, key: string, value: T, sizeMax: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > sizeMax && oldest !== undefined) map.delete(oldest);
}
