import type { KeyRecord } from '../../shared/store/store.ts';

export const KEY_STATUSES = ['active', 'expired', 'revoked'] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];

/**
 * Used by authentication, listing and rotation alike, so that they cannot disagree.
 * @param nowMs Milliseconds since the epoch; a key is expired at exactly `expiresAt`.
 */
export function keyStatusOf(record: KeyRecord, nowMs: number): KeyStatus {
  if (record.disabledAt !== undefined) return 'revoked';
  return record.expiresAt !== undefined && record.expiresAt <= nowMs ? 'expired' : 'active';
}
