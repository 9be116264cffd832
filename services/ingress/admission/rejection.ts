// What a client is told whose request does not fit its limits: how long to wait where waiting helps,
// and that its budget is spent where it does not.

import { LlmpError, WAIT_SECONDS_MAX } from '../../../shared/errors.ts';
import { usdOf } from '../../../shared/metering/prices.ts';
import {
  affords,
  type Budget,
  type QuotaDecision,
  type ConcurrencyLease,
} from '../../../shared/metering/quotas.ts';
import { waitMs } from '../../../shared/metering/token-bucket.ts';
import type { Account, Taking } from './limit-scopes.ts';

/** A budget that was asked for, with what there is to say of it. */
export type BudgetPeriod = Budget & Pick<Account, 'period'>;

export interface Reservation {
  readonly nowMs: number;
  readonly charges: readonly Taking[];
  readonly leases: readonly ConcurrencyLease[];
  readonly budgets: readonly BudgetPeriod[];
}

/** Nobody knows when a lease falls free, or a hold; clients back off further by themselves. */
const LEASE_WAIT_MS = 1_000;

/** `rate_limited` or `budget_exceeded`, for a state in which the order was not granted. */
export function rejection(
  asked: Reservation,
  state: QuotaDecision,
  headers: readonly string[],
): LlmpError {
  const spent = asked.budgets
    .filter(({ max }, at) => (state.budgets[at]?.spent ?? 0) >= max)
    .toSorted((one, other) => other.endMs - one.endMs)[0];
  return spent ? overBudget(spent, asked.nowMs, headers) : mustWait(asked, state, headers);
}

function mustWait(
  { charges, leases, budgets }: Reservation,
  state: QuotaDecision,
  headers: readonly string[],
): LlmpError {
  const [longest] = [
    ...charges.map(({ bucket, rate, perMinute, tokens }, at) => ({
      of: `has reached its limit of ${perMinute} ${rate.replace('-', ' ')} per minute`,
      ms: waitMs(state.left[at] ?? 0, tokens, perMinute),
      name: bucket,
    })),
    ...leases.map(({ scope, max }, at) => ({
      of: `has reached its limit of ${max} concurrent requests`,
      ms: state.leased[at] === true ? 0 : LEASE_WAIT_MS,
      name: scope,
    })),
    ...budgets.map((budget, at) => ({
      of: `has too little left of its budget of the ${budget.period} beside its running requests`,
      ms: affords(budget, state.budgets[at] ?? { spent: 0, held: 0 }) ? 0 : LEASE_WAIT_MS,
      name: budget.account,
    })),
  ].toSorted((one, other) => other.ms - one.ms);
  const seconds = Math.max(1, Math.ceil((longest?.ms ?? 0) / 1_000));
  return new LlmpError('rate_limited', `${whose(longest?.name)} ${longest?.of}.`, {
    retryAfterSeconds: seconds,
    ...(seconds > WAIT_SECONDS_MAX ? { retry: false } : {}),
    headers,
  });
}

/**
 * Claude Code shows this message unchanged after one request; with `representative-claim` or
 * `overage-status` it would replace it (docs/anthropic-contract.md#policy-blocks-and-spending-caps).
 */
function overBudget(
  { account, period, max, endMs }: BudgetPeriod,
  nowMs: number,
  headers: readonly string[],
): LlmpError {
  const end = new Date(endMs).toISOString().slice(0, 16).replace('T', ' ');
  const message =
    `${whose(account)} has spent its budget of $${usdOf(max)} for this ${period}. ` +
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

function whose(name = ''): string {
  return name.startsWith('team:') ? "This API key's team" : 'This API key';
}
