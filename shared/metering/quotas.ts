// The quotas port: rate limits (token buckets), concurrency limits (leases held while a request runs)
// and budgets (an amount of money per period) of a key or a team.

import type { LedgerEntry } from './ledger.ts';

/** The limits of a key or a team; an absent field means no limit. */
export interface QuotaLimits {
  readonly requestsPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  readonly outputTokensPerMinute?: number;
  readonly concurrentRequests?: number;
  /** Budgets per UTC day and UTC month, in dollars. */
  readonly usdPerDay?: number;
  readonly usdPerMonth?: number;
}

/** Fields to change: null removes a limit, an absent field keeps it. */
export type LimitChanges = { readonly [Field in keyof QuotaLimits]?: number | null };

export function changedLimits(limits: QuotaLimits, changes: LimitChanges): QuotaLimits {
  const merged = Object.entries({ ...limits, ...changes });
  return Object.fromEntries(merged.filter(([, value]) => value !== null));
}

export interface TokenCharge {
  /** Name of the bucket. */
  readonly bucket: string;
  /** Refill per minute, and capacity. */
  readonly perMinute: number;
  /** Whole number. In a settlement: tokens to refund, or to charge in addition when negative. */
  readonly tokens: number;
}

export interface ConcurrencyLease {
  /** Whose concurrency is limited: `key:7k3qx5ta` or `team:search`. */
  readonly scope: string;
  /** Leases that may be held at the same time. */
  readonly max: number;
}

/** All amounts are in nano-dollars, so that sums stay whole numbers. */
export interface Budget {
  /** Name of the account to charge; each period has its own: `key:7k3qx5ta:2026-11`. */
  readonly account: string;
  /** End of the period, in milliseconds since the epoch. */
  readonly endMs: number;
  /** Spending limit of the period. */
  readonly max: number;
  /** Maximum cost of the request, reserved until it is settled. */
  readonly hold: number;
}

export interface BudgetState {
  readonly spent: number;
  /** Sum of the holds of other requests. */
  readonly held: number;
}

export interface QuotaRequest {
  /**
   * Whose quotas these are: `team:search`, or `key:7k3qx5ta` for a key without a team. A store of several
   * servers keeps everything of an owner on one of them.
   */
  readonly owner: string;
  /**
   * Milliseconds since the epoch, by the caller's clock. A store that callers of different machines
   * share corrects it by its own clock. A bucket never goes back in time, so none is refilled twice.
   */
  readonly nowMs: number;
  readonly charges: readonly TokenCharge[];
  readonly leases: readonly ConcurrencyLease[];
  readonly budgets: readonly Budget[];
  /** Holder of the leases and holds: the request id. */
  readonly holder: string;
  /** Leases and holds expire then unless renewed; their holder must have crashed. */
  readonly untilMs: number;
}

export interface Settlement extends Omit<QuotaRequest, 'budgets' | 'untilMs'> {
  /** `hold`: the amount to release, or 0; `cost`: the amount to charge instead. */
  readonly budgets: readonly (Omit<Budget, 'max'> & { readonly cost: number })[];
  /** Written in the same step; a settlement whose entry exists already does nothing. */
  readonly entry?: LedgerEntry;
}

/** Each array is in the order of the request. */
export interface QuotaDecision {
  readonly granted: boolean;
  /** Tokens left in each bucket, after the charge if it was granted. May be a fraction or negative. */
  readonly left: readonly number[];
  /** Whether each lease was available. */
  readonly leased: readonly boolean[];
  /** State of each budget, without this request. */
  readonly budgets: readonly BudgetState[];
}

/** Each call is atomic across all processes that share the store, so no limit is exceeded. */
export interface Quotas {
  /**
   * Takes every charge, lease and hold, or none. A hold must fit into what is left of its budget. When
   * nobody else holds anything, any remainder suffices, as the request may cost less than its maximum.
   */
  reserve(request: QuotaRequest): Promise<QuotaDecision>;
  /** Corrects charges to the true usage, releases leases and holds, and spends. Never rejected for lack of quota. */
  settle(settlement: Settlement): Promise<void>;
  /** Extends leases and holds that still exist; expired ones are not taken again. */
  renew(request: Omit<QuotaRequest, 'charges'>): Promise<void>;
}

/** Whether a budget in this state permits the hold. */
export function affords({ max, hold }: Budget, { spent, held }: BudgetState): boolean {
  return spent + held + hold <= max || (held === 0 && spent < max);
}
