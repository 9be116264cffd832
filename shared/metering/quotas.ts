// What a key or a team may use, and how it is asked for: draws from buckets that refill, leases that are
// taken while a request runs, and budgets that are spent from until their period ends.

import type { LedgerEntry } from './ledger.ts';

/** Bounds on a key or a team; what is absent is not bounded. */
export interface QuotaLimits {
  readonly requestsPerMinute?: number;
  readonly inputTokensPerMinute?: number;
  readonly outputTokensPerMinute?: number;
  readonly concurrentRequests?: number;
  /** Budgets, of each day and each month as UTC has them. */
  readonly usdPerDay?: number;
  readonly usdPerMonth?: number;
}

export interface TokenCharge {
  /** Name of the bucket. */
  readonly bucket: string;
  /** What it refills in a minute, and what it holds when full. */
  readonly perMinute: number;
  /** Whole; to settle: what is given back, or taken beyond what was drawn where negative. */
  readonly tokens: number;
}

export interface ConcurrencyLease {
  /** Name of what the leases belong to. */
  readonly table: string;
  /** Leases there are. */
  readonly max: number;
}

/** Money is counted in nano-dollars: the cheapest token costs several, and sums stay whole numbers. */
export interface Budget {
  /** Name of what is spent from; of one period alone, as the next one begins with nothing spent. */
  readonly account: string;
  /** When the period ends, in milliseconds since the epoch. */
  readonly endMs: number;
  /** What may be spent in the period. */
  readonly max: number;
  /** What the request may cost, set aside until it is settled. */
  readonly hold: number;
}

export interface BudgetState {
  readonly spent: number;
  /** What other requests have set aside. */
  readonly held: number;
}

export interface QuotaOrder {
  /**
   * Milliseconds since the epoch, by the asker's clock. Where the clocks of askers differ, a bucket
   * follows the one furthest ahead: it is never refilled twice for the same time.
   */
  readonly nowMs: number;
  readonly charges: readonly TokenCharge[];
  readonly leases: readonly ConcurrencyLease[];
  readonly budgets: readonly Budget[];
  /** Who sits and who holds: one name for each request. */
  readonly holder: string;
  /** Leases and holds not renewed until then are free again, as their holder must have died. */
  readonly untilMs: number;
}

export interface Settlement extends Omit<QuotaOrder, 'budgets' | 'untilMs'> {
  /** `hold`: what was set aside, or 0; `cost`: what is spent in its place. */
  readonly budgets: readonly (Omit<Budget, 'max'> & { readonly cost: number })[];
  /** Goes into the ledger in the same step; a settlement whose entry is there already does nothing. */
  readonly entry?: LedgerEntry;
}

export interface QuotaState {
  readonly granted: boolean;
  /** Tokens left by draw: after it when granted, without it when not. May be a fraction or negative. */
  readonly left: readonly number[];
  /** Whether there was a lease, by lease asked for. */
  readonly leased: readonly boolean[];
  /** By budget asked for; without this order. */
  readonly budgets: readonly BudgetState[];
}

/** Each call is one step for all who share the quotas: what is granted never exceeds what there is. */
export interface Quotas {
  /**
   * Takes every draw, lease and hold of the order, or nothing of it. A budget must have what is to be
   * held beside all that is spent and held; only if nobody else holds any, some that is left is
   * enough, as a request may turn out to cost less.
   */
  take(order: QuotaOrder): Promise<QuotaState>;
  /** Corrects draws once the true cost is known, frees leases and holds, and spends. Never refused. */
  settle(settlement: Settlement): Promise<void>;
  /** Keeps leases and holds that are still taken; one that is no longer there is not taken again. */
  renew(order: Omit<QuotaOrder, 'charges'>): Promise<void>;
}

/** Whether a budget in this state grants the hold. */
export function affords({ max, hold }: Budget, { spent, held }: BudgetState): boolean {
  return spent + held + hold <= max || (held === 0 && spent < max);
}
