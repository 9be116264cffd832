import { sentDuration } from '../../shared/runtime/duration.ts';
import type { KeyRecord } from '../../shared/store/store.ts';
import { keyStatusOf, type KeyStatus } from './key-status.ts';
import { quotaView, type QuotaView } from './quota-input.ts';

/** A key without its hash. Times are ISO 8601, or null for never. */
export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly team: string | null;
  /** null: all models. */
  readonly models: readonly string[] | null;
  /** null: the default policy. */
  readonly policy: string | null;
  /** Collections to search for its requests; null: none. */
  readonly collections: readonly string[] | null;
  /** TTL of cached responses, as it was sent; null: no cache. */
  readonly cache_for: string | null;
  /** null: no limits. */
  readonly limits: QuotaView | null;
  readonly status: KeyStatus;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
  readonly replaced_by: string | null;
}

/** `key` is the secret itself, which is shown only once. */
export type NewKeyView = KeyView & {
  readonly key: string;
  /** The id of the rotated key. */
  readonly replaces?: string;
};

export interface KeyPageView {
  readonly data: readonly KeyView[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

export function keyView(record: KeyRecord, nowMs: number): KeyView {
  const { cacheMs, cacheFor } = record;
  return {
    id: record.id,
    name: record.name,
    team: record.team ?? null,
    models: record.models ?? null,
    policy: record.policy ?? null,
    collections: record.collections ?? null,
    cache_for: cacheMs === undefined ? null : sentDuration(cacheMs, cacheFor),
    limits: quotaView(record.limits),
    status: keyStatusOf(record, nowMs),
    created_at: new Date(record.createdAt).toISOString(),
    expires_at: stampOf(record.expiresAt),
    revoked_at: stampOf(record.disabledAt),
    replaced_by: record.replacedBy ?? null,
  };
}

function stampOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
