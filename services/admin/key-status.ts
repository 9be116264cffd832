// Whether a key is accepted at a moment, and what its owner is told when it is not. One function, so
// that the door, the list and rotation cannot disagree.

import type { KeyRecord } from '../../shared/store/store.ts';

export type KeyStatus = 'active' | 'revoked' | 'expired';

/** `nowMs` is since the epoch; a key expires at the very millisecond of `expiresAt`. */
export function keyStatusOf(record: KeyRecord, nowMs: number): KeyStatus {
  if (record.disabledAt !== undefined) return 'revoked';
  return record.expiresAt !== undefined && record.expiresAt <= nowMs ? 'expired' : 'active';
}
