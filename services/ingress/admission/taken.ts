// What admission took for a request, and the settlement that gives it back.

import type { Budget, QuotaRequest, Settlement } from '../../../shared/metering/quotas.ts';
import type { TokenCounts } from '../../../shared/token-usage.ts';
import type { Account, RatedCharge } from './limit-scopes.ts';
import type { BilledUsage } from './usage-cost.ts';

/** Until it is settled. */
export interface Taken extends Pick<QuotaRequest, 'owner' | 'leases' | 'holder'> {
  readonly estimate: number;
  readonly charges: readonly RatedCharge[];
  readonly budgets: readonly Budget[];
  readonly accounts: readonly Account[];
  /** The store failed, and may have taken it nevertheless. */
  readonly isUnsure?: boolean;
}

export function settlementOf(
  taken: Taken,
  usage: BilledUsage,
  cost: number,
  nowMs: number,
): Settlement {
  const { owner, holder, leases, charges, budgets, accounts } = taken;
  const heldBy = new Map(budgets.map(({ account, hold }) => [account, hold]));
  return {
    owner,
    nowMs,
    holder,
    leases,
    charges: charges
      .map((charge) => ({ ...charge, tokens: correctionOf(charge, usage.tokens) }))
      .filter(({ tokens }) => tokens !== 0),
    budgets: accounts
      .map(({ account, endMs }) => ({ account, endMs, hold: heldBy.get(account) ?? 0, cost }))
      .filter((budget) => budget.hold > 0 || budget.cost > 0),
  };
}

/** Frees leases and holds at no cost; nothing where they were never taken. */
export function releaseOf({ owner, holder, leases, budgets }: Taken, nowMs: number): Settlement {
  const released = budgets.map(({ account, endMs, hold }) => ({ account, endMs, hold, cost: 0 }));
  return { owner, nowMs, holder, charges: [], leases, budgets: released };
}

/**
 * Tokens to return, or to take where negative; an admitted request stays counted. As at Anthropic,
 * prompt cache writes count as input, reads do not.
 */
function correctionOf({ rate, tokens }: RatedCharge, used: TokenCounts): number {
  if (rate === 'requests') return 0;
  if (rate === 'output-tokens') return -used.output;
  return tokens - (used.input + used.cacheWrite5m + used.cacheWrite1h);
}
