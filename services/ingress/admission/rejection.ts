// The errors for requests above their limits: how long to wait, or that the budget is spent.

import { LlmpError, WAIT_SECONDS_MAX } from '../../../shared/errors.ts';
import { usdOf } from '../../../shared/metering/prices.ts';
import {
  affords,
  type Budget,
  type QuotaDecision,
  type ConcurrencyLease,
} from '../../../shared/metering/quotas.ts';
import { waitMs } from '../../../shared/metering/token-bucket.ts';
import type { Account, RatedCharge } from './limit-scopes.ts';

/** A budget of a reservation, with the name of its period. */
export type BudgetPeriod = Budget & Pick<Account, 'period'>;

export interface Reservation {
  readonly nowMs: number;
  readonly charges: readonly RatedCharge[];
  readonly leases: readonly ConcurrencyLease[];
  readonly budgets: readonly BudgetPeriod[];
}

/** When a lease or hold is freed is unknown; clients back off further on their own. */
const LEASE_WAIT_MS = 1_000;

/** `rate_limited` or `budget_exceeded`, for a reservation that was not granted. */
export function rejection(
  reservation: Reservation,
  state: QuotaDecision,
  headers: readonly string[],
): LlmpError {
  const spent = reservation.budgets
    .filter(({ max }, at) => (state.budgets[at]?.spent ?? 0) >= max)
    .toSorted((one, other) => other.endMs - one.endMs)[0];
  return spent
    ? budgetExceeded(spent, reservation.nowMs, headers)
    : rateLimited(reservation, state, headers);
}

function rateLimited(
  { charges, leases, budgets }: Reservation,
  state: QuotaDecision,
  headers: readonly string[],
): LlmpError {
  const [longest] = [
    ...charges.map(({ bucket, rate, perMinute, tokens }, at) => ({
      reason: `has reached its limit of ${perMinute} ${rate.replace('-', ' ')} per minute`,
      ms: waitMs(state.left[at] ?? 0, tokens, perMinute),
      name: bucket,
    })),
    ...leases.map(({ scope, max }, at) => ({
      reason: `has reached its limit of ${max} concurrent requests`,
      ms: state.leased[at] === true ? 0 : LEASE_WAIT_MS,
      name: scope,
    })),
    ...budgets.map((budget, at) => ({
      reason: `has too little left of its budget of the ${budget.period} beside its running requests: of $${usdOf(budget.max)}, $${usdOf(budget.hold)} may be needed`,
      ms: affords(budget, state.budgets[at] ?? { spent: 0, held: 0 }) ? 0 : LEASE_WAIT_MS,
      name: budget.account,
    })),
  ].toSorted((one, other) => other.ms - one.ms);
  const seconds = Math.max(1, Math.ceil((longest?.ms ?? 0) / 1_000));
  return new LlmpError('rate_limited', `${ownerOf(longest?.name)} ${longest?.reason}.`, {
    retryAfterSeconds: seconds,
    ...(seconds > WAIT_SECONDS_MAX ? { retry: false } : {}),
    headers,
  });
}

/**
 * Claude Code shows this message unchanged, after a single request; it would replace it if there were a
 * `representative-claim` or an `overage-status` header.
 */
function budgetExceeded(
  { account, period, max, endMs }: BudgetPeriod,
  nowMs: number,
  headers: readonly string[],
): LlmpError {
  const end = new Date(endMs).toISOString().slice(0, 16).replace('T', ' ');
  const message =
    `${ownerOf(account)} has spent its budget of $${usdOf(max)} for this ${period}. ` +
    `It is renewed at ${end} UTC.`;
  return new LlmpError('budget_exceeded', message, {
    retryAfterSeconds: Math.max(1, Math.ceil((endMs - nowMs) / 1_000)),
    headers: [
      ...headers,
      'anthropic-ratelimit-unified-status',
      'rejected',
      'anthropic-ratelimit-unified-reset',
      String(Math.ceil(endMs / 1_000)),
    ],
  });
}

function ownerOf(name = ''): string {
  return name.startsWith('team:') ? "This API key's team" : 'This API key';
}
