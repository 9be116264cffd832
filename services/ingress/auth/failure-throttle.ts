// Throttles addresses after too many failed authentications in a window. Recently accepted
// credentials stay usable, so a broken client behind a shared proxy does not lock out the others.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError, WAIT_SECONDS_MAX } from '../../../shared/errors.ts';
import type { AuthLimits } from '../../../shared/limits.ts';

export interface FailureThrottlePorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<AuthLimits, 'failuresMax' | 'failureWindowMs' | 'throttleEntriesMax'>;
}

export interface FailureThrottle {
  /**
   * Call before the credential is looked up.
   * @param hash the hash of the credential
   * @throws `too_many_auth_failures`
   */
  admit(address: string, hash: string): void;
  rejected(address: string): void;
  accepted(hash: string): void;
}

export function createFailureThrottle({ clock, limits }: FailureThrottlePorts): FailureThrottle {
  const windowByAddress = new Map<string, { untilMs: number; rejects: number }>();
  const acceptedHashes = new Map<string, true>();

  const windowOf = (address: string) => {
    const window = windowByAddress.get(address);
    return window && clock.monotonic() < window.untilMs ? window : undefined;
  };

  return {
    admit(address, hash) {
      const window = windowOf(address);
      if (!window || window.rejects < limits.failuresMax || acceptedHashes.has(hash)) return;
      const seconds = Math.ceil((window.untilMs - clock.monotonic()) / 1_000);
      throw new LlmpError('too_many_auth_failures', undefined, {
        retryAfterSeconds: Math.min(seconds, WAIT_SECONDS_MAX),
      });
    },
    rejected(address) {
      const untilMs = clock.monotonic() + limits.failureWindowMs;
      const window = windowOf(address) ?? { untilMs, rejects: 0 };
      window.rejects += 1;
      renew(windowByAddress, address, window, limits.throttleEntriesMax);
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
