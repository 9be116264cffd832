// The limits of a request: charges, leases and budgets of its key and of its team. Rotated keys share
// the limits of the first one, so that a rotation does not double them.

import { dayOf, DAY_MS } from '../../../shared/metering/ledger.ts';
import { nanoOf } from '../../../shared/metering/prices.ts';
import type {
  TokenCharge,
  Budget,
  QuotaLimits,
  ConcurrencyLease,
} from '../../../shared/metering/quotas.ts';
import type { Caller } from '../auth/auth.ts';
import type { QuotaReading } from './quota-headers.ts';

/** Counting tokens is charged to a bucket of its own, as large as that of requests. */
export type RequestKind = 'message' | 'count';

export type Rate = QuotaReading['rate'];
export type RatedCharge = TokenCharge & { readonly rate: Rate };

/** A key, with the keys it was rotated from, or a team. */
export interface LimitScope {
  /** `key:7k3qx5ta` or `team:search`. */
  readonly name: string;
  readonly bounds: QuotaLimits;
}

/** An account that a request is charged to; only one with a `max` can reject it. */
export interface Account extends Omit<Budget, 'max' | 'hold'> {
  readonly period: 'day' | 'month';
  /** The budget, in nano-dollars. */
  readonly max: number | undefined;
}

/** The `owner` of the quotas of a key: a team's limits and its keys' are taken in the same step. */
export function ownerOf({ tenant, team }: { tenant: string; team?: string }): string {
  return team === undefined ? `key:${tenant}` : `team:${team}`;
}

export function chargesOf(
  { name, bounds }: LimitScope,
  kind: RequestKind,
  estimate: number,
): RatedCharge[] {
  const { requestsPerMinute, inputTokensPerMinute, outputTokensPerMinute } = bounds;
  const charge = (
    rate: Rate,
    perMinute: number | undefined,
    tokens: number,
    suffix: string = rate,
  ) => (perMinute === undefined ? [] : [{ bucket: `${name}:${suffix}`, rate, perMinute, tokens }]);
  if (kind === 'count') return charge('requests', requestsPerMinute, 1, 'counts');
  return [
    ...charge('requests', requestsPerMinute, 1),
    ...charge('input-tokens', inputTokensPerMinute, estimate),
    // Anthropic counts real output, not `max_tokens`: it is charged when it is known.
    ...charge('output-tokens', outputTokensPerMinute, 0),
  ];
}

export function leasesOf({ name, bounds }: LimitScope, kind: RequestKind): ConcurrencyLease[] {
  const { concurrentRequests: max } = bounds;
  return kind === 'count' || max === undefined ? [] : [{ scope: name, max }];
}

/** Whether its requests may need a lease; only the store knows the limits of a team. */
export function mayHaveLease({ limits, team }: Pick<Caller, 'limits' | 'team'>): boolean {
  return limits?.concurrentRequests !== undefined || team !== undefined;
}

/** Accounts of the current day and month, also without a budget: one may be set later. */
export function accountsOf({ name, bounds }: LimitScope, nowMs: number): Account[] {
  const { usdPerDay, usdPerMonth } = bounds;
  const day = dayOf(nowMs);
  const at = new Date(nowMs);
  return [
    {
      account: `${name}:${day}`,
      period: 'day',
      endMs: Date.parse(day) + DAY_MS,
      max: usdPerDay === undefined ? undefined : nanoOf(usdPerDay),
    },
    {
      account: `${name}:${day.slice(0, 7)}`,
      period: 'month',
      endMs: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1),
      max: usdPerMonth === undefined ? undefined : nanoOf(usdPerMonth),
    },
  ];
}

/** Whether any limit depends on the length of the input. */
export function needsInputEstimate(bounded: readonly LimitScope[], kind: RequestKind): boolean {
  if (kind === 'count') return false;
  return bounded.some(
    ({ bounds }) => bounds.inputTokensPerMinute !== undefined || hasBudget(bounds),
  );
}

export function hasBudget({ usdPerDay, usdPerMonth }: QuotaLimits): boolean {
  return usdPerDay !== undefined || usdPerMonth !== undefined;
}
