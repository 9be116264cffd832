// Who may be served now. Takes from the quotas of the key and of its team what a request is thought to
// need, all or nothing, and corrects it once the true cost is known. When the store is down,
// `onStoreError` decides: a limiter that fails must not take the gateway with it, unless its owner
// wants just that.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { LedgerEntry } from '../../../shared/metering/ledger.ts';
import type { Limits } from '../../../shared/limits.ts';
import { costOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import type {
  Budget,
  QuotaLimits,
  QuotaOrder,
  Quotas,
  Settlement,
} from '../../../shared/metering/quotas.ts';
import type { Caller } from '../auth/auth.ts';
import type { SettlementWriter } from './settlement-writer.ts';
import {
  accountsOf,
  hasBudget,
  chargesOf,
  leasesOf,
  weighsInput,
  type Account,
  type AskKind,
  type LimitScope,
  type Taking,
} from './limit-scopes.ts';
import { inputEstimate } from '../../../shared/metering/token-estimate.ts';
import { quotaHeaders } from './quota-headers.ts';
import { rejection, type BudgetPeriod } from './rejection.ts';
import type { Spent } from './usage-cost.ts';

export interface AdmissionPorts {
  readonly quotas: Pick<Quotas, 'take' | 'renew'>;
  readonly settlementWriter: Pick<SettlementWriter, 'enqueue'>;
  readonly prices: PriceTable;
  /** What the keys of a team may use together; undefined bounds nothing. */
  readonly teamLimits: (team: string) => Promise<QuotaLimits | undefined>;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'every'>;
  readonly limits: Pick<Limits, 'leaseMs' | 'leaseRenewMs' | 'storeCooldownMs'>;
  readonly events: Pick<Events, 'onError' | 'limitsSkipped'>;
  readonly onStoreError: 'open' | 'closed';
}

export interface Ask {
  readonly id: string;
  readonly kind: AskKind;
  readonly model: string;
  /** The most that can be written; absent where nothing is. */
  readonly maxTokens?: number;
  readonly body: Uint8Array;
}

export interface Grant {
  /** Raw pairs of `anthropic-ratelimit-…`; none where nothing is limited. */
  readonly headers: readonly string[];
  /** Tokens of input, as far as they were estimated; 0 where nothing depended on it. */
  readonly estimate: number;
  /** To be called once, when the request has ended in whichever way; `cost` in nano-dollars. */
  readonly settle: (spent: Spent, cost: number, entry?: LedgerEntry) => void;
}

export interface Admission extends Disposable {
  /**
   * Rejects with `rate_limited` or `budget_exceeded`, which carry the headers, with `policy_blocked` where
   * a budget meets a model without a price, or with `store_down`.
   */
  admit(caller: Caller, ask: Ask): Promise<Grant>;
}

/** What was taken for a request, and is to be settled. */
interface Taken extends Pick<QuotaOrder, 'leases' | 'holder'> {
  readonly estimate: number;
  readonly charges: readonly Taking[];
  readonly budgets: readonly Budget[];
  readonly accounts: readonly Account[];
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { quotas, clock, limits, events, onStoreError, prices } = ports;
  /** What the store failed with lately; it takes its time to fail, which not every request must wait. */
  let down: { readonly error: unknown; readonly untilMs: number } | undefined;
  const running = new Set<Taken>();
  const stopHeartbeats = clock.every(limits.leaseRenewMs, () => {
    const nowMs = clock.now();
    for (const { holder, leases, budgets } of running) {
      quotas
        .renew({ holder, leases, budgets, nowMs, untilMs: nowMs + limits.leaseMs })
        .catch((error: unknown) => events.onError(error));
    }
  });

  return {
    async admit(caller, ask) {
      const { id: holder, kind, body } = ask;
      const nowMs = clock.now();
      const named = namesOf(caller);
      const nothing = { holder, estimate: 0, charges: [], leases: [], budgets: [] };
      const free = () => grantOf({ ...nothing, accounts: named.flatMap(accountsToday) }, []);
      const accountsToday = (one: LimitScope) => (kind === 'count' ? [] : accountsOf(one, nowMs));
      if (caller.limits === undefined && caller.team === undefined) return free();
      try {
        if (down && clock.monotonic() < down.untilMs) throw down.error;
        const bounded = await Promise.all(
          named.map(async (one): Promise<LimitScope> => {
            const isTeam = one.name.startsWith('team:') && caller.team !== undefined;
            return isTeam ? { ...one, bounds: (await ports.teamLimits(caller.team)) ?? {} } : one;
          }),
        );
        const estimate = weighsInput(bounded, kind) ? inputEstimate(body) : 0;
        const charges = bounded.flatMap((one) => chargesOf(one, kind, estimate));
        const leases = bounded.flatMap((one) => leasesOf(one, kind));
        const accounts = bounded.flatMap(accountsToday);
        const budgets = kind === 'count' ? [] : budgetPeriodsOf(bounded, accounts, estimate, ask);
        if (charges.length + leases.length + budgets.length === 0) return free();
        const untilMs = nowMs + limits.leaseMs;
        const state = await quotas.take({ nowMs, charges, leases, budgets, holder, untilMs });
        const readings = charges.map(({ rate, perMinute }, at) => {
          return { rate, perMinute, left: state.left[at] ?? 0 };
        });
        const headers = quotaHeaders(readings, nowMs);
        if (!state.granted) throw rejection({ nowMs, charges, leases, budgets }, state, headers);
        return grantOf({ holder, estimate, charges, leases, budgets, accounts }, headers);
      } catch (error) {
        if (error instanceof LlmpError) throw error;
        if (down?.error !== error)
          down = { error, untilMs: clock.monotonic() + limits.storeCooldownMs };
        if (onStoreError === 'closed')
          throw new LlmpError('store_down', undefined, { cause: error });
        events.limitsSkipped({ requestId: holder, keyId: caller.keyId, error });
        return free();
      }
    },
    [Symbol.dispose]: stopHeartbeats,
  };

  /** The budgets there are, each with what the request may cost at most. */
  function budgetPeriodsOf(
    bounded: readonly LimitScope[],
    accounts: readonly Account[],
    inputTokens: number,
    { model, maxTokens = 0 }: Ask,
  ): BudgetPeriod[] {
    if (!bounded.some(({ bounds }) => hasBudget(bounds))) return [];
    const price = priceOf(prices, model);
    if (!price) {
      throw new LlmpError(
        'policy_blocked',
        'This API key or its team has a budget, and no price is known for this model.',
      );
    }
    const none = { cacheReadTokens: 0, cacheWriteTokens: 0, cacheWriteHourTokens: 0 };
    const tokens = { inputTokens, outputTokens: maxTokens, webSearches: 0, ...none };
    const hold = costOf(tokens, price);
    return accounts.flatMap(({ max, ...account }) =>
      max === undefined ? [] : [{ ...account, max, hold }],
    );
  }

  function grantOf(taken: Taken, headers: readonly string[]): Grant {
    if (taken.leases.length + taken.budgets.length > 0) running.add(taken);
    return {
      headers,
      estimate: taken.estimate,
      settle(spent, cost, entry) {
        running.delete(taken);
        const settlement = settlementOf(taken, spent, cost, clock.now());
        const { charges, leases, budgets } = settlement;
        if (!entry && charges.length + leases.length + budgets.length === 0) return;
        ports.settlementWriter.enqueue({ ...settlement, ...(entry ? { entry } : {}) });
      },
    };
  }
}

function namesOf({ tenant, team, limits }: Caller): LimitScope[] {
  const key = { name: `key:${tenant}`, bounds: limits ?? {} };
  return team === undefined ? [key] : [key, { name: `team:${team}`, bounds: {} }];
}

function settlementOf(taken: Taken, spent: Spent, cost: number, nowMs: number): Settlement {
  const { holder, leases, estimate, charges, budgets, accounts } = taken;
  const heldBy = new Map(budgets.map(({ account, hold }) => [account, hold]));
  return {
    nowMs,
    holder,
    leases,
    charges: charges
      .map((charge) => ({ ...charge, tokens: correctionOf(charge, spent, estimate) }))
      .filter(({ tokens }) => tokens !== 0),
    budgets: accounts
      .map(({ account, endMs }) => ({ account, endMs, hold: heldBy.get(account) ?? 0, cost }))
      .filter((budget) => budget.hold > 0 || budget.cost > 0),
  };
}

/**
 * What is to be given back, or taken where negative; an admitted request stays a request. Reading from
 * the prompt cache does not count against input, writing to it does.
 */
function correctionOf({ rate, tokens }: Taking, spent: Spent, estimate: number): number {
  if (rate === 'requests') return 0;
  if (rate === 'output-tokens') return -spent.outputTokens;
  return (
    tokens -
    (spent.inputTokens === undefined ? estimate : spent.inputTokens + spent.cacheWriteTokens)
  );
}
