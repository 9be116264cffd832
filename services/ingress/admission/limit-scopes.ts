// What bounds a request: the draws, leases and budgets of its key and of its team, by name. A quota
// belongs to a line of rotated keys, so that a rotation does not double it.

import { dayOf, DAY_MS } from '../../../shared/metering/ledger.ts';
import { nanoOf } from '../../../shared/metering/prices.ts';
import type {
  TokenCharge,
  Budget,
  QuotaLimits,
  ConcurrencyLease,
} from '../../../shared/metering/quotas.ts';
import type { QuotaReading } from './quota-headers.ts';

/** Counting tokens draws only from a bucket of its own, as large as that of requests. */
export type AskKind = 'message' | 'count';

export type Rate = QuotaReading['rate'];
export type Taking = TokenCharge & { readonly rate: Rate };

/** A key's line or a team. */
export interface LimitScope {
  /** `key:7k3qx5ta` or `team:search`. */
  readonly name: string;
  readonly bounds: QuotaLimits;
}

/** An account a request is spent from; only one with a `max` can refuse it. */
export interface Account extends Omit<Budget, 'max' | 'hold'> {
  readonly period: 'day' | 'month';
  /** The budget, in nano-dollars. */
  readonly max: number | undefined;
}

export function chargesOf({ name, bounds }: LimitScope, kind: AskKind, estimate: number): Taking[] {
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
    // Anthropic counts what is written, not `max_tokens`: it is drawn when it is known.
    ...charge('output-tokens', outputTokensPerMinute, 0),
  ];
}

export function leasesOf({ name, bounds }: LimitScope, kind: AskKind): ConcurrencyLease[] {
  const { concurrentRequests: max } = bounds;
  return kind === 'count' || max === undefined ? [] : [{ scope: name, max }];
}

/** The accounts of the day and the month in which the request came, budget or not: one set later counts. */
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

/** Whether anything of it depends on how long the input is. */
export function weighsInput(bounded: readonly LimitScope[], kind: AskKind): boolean {
  if (kind === 'count') return false;
  return bounded.some(
    ({ bounds }) => bounds.inputTokensPerMinute !== undefined || hasBudget(bounds),
  );
}

export function hasBudget({ usdPerDay, usdPerMonth }: QuotaLimits): boolean {
  return usdPerDay !== undefined || usdPerMonth !== undefined;
}
