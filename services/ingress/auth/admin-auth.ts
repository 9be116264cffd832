// Authenticates administrators by a single token. It is not an llmp key, so no key can create keys.

import { timingSafeEqual } from 'node:crypto';
import { LlmpError } from '../../../shared/errors.ts';
import { hashKey } from '../../../shared/keys.ts';
import { presentedSecrets } from './auth.ts';
import type { FailureThrottle } from './failure-throttle.ts';

export type AuthenticateAdmin = (rawHeaders: readonly string[], address: string) => void;

/**
 * Accepts the token as `x-api-key` or Bearer.
 * @throws `invalid_api_key` or `too_many_auth_failures`
 */
export function createAdminAuth(token: string, throttle: FailureThrottle): AuthenticateAdmin {
  // timingSafeEqual needs equal lengths; hashing also hides the token's length.
  const expected = hashKey(token);
  return (rawHeaders, address) => {
    const presented = presentedSecrets(rawHeaders);
    if (presented.length === 0) {
      throw new LlmpError(
        'invalid_api_key',
        'The admin token is required, in x-api-key or as Authorization: Bearer.',
      );
    }
    // An llmp key in the other header is ignored, as a provider key is elsewhere.
    if (presented.some((secret) => isEqual(hashKey(secret), expected))) return;
    const error = new LlmpError('invalid_api_key', 'The admin token is not valid.');
    throw throttle.rejected(address, error);
  };
}

function isEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
