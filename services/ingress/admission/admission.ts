// Takes from the quotas of a key and its team what a request is estimated to need, all or nothing, and
// corrects it once the real cost is known. When the store is down, `onStoreError` decides.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { LedgerEntry } from '../../../shared/metering/ledger.ts';
import type { AdmissionLimits } from '../../../shared/limits.ts';
import { costOf, factorOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import type {
  Budget,
  QuotaLimits,
  QuotaRequest,
  Quotas,
  Settlement,
} from '../../../shared/metering/quotas.ts';
import { NO_TOKENS, type TokenCounts } from '../../../shared/token-usage.ts';
import type { Caller } from '../auth/auth.ts';
import type { PriceRequest } from '../request/check-models.ts';
import type { SettlementWriter } from './settlement-writer.ts';
import {
  accountsOf,
  hasBudget,
  chargesOf,
  leasesOf,
  needsInputEstimate,
  type Account,
  type RequestKind,
  type LimitScope,
  type RatedCharge,
} from './limit-scopes.ts';
import { inputEstimate } from '../../../shared/metering/token-estimate.ts';
import { quotaHeaders } from './quota-headers.ts';
import { rejection, type BudgetPeriod } from './rejection.ts';
import type { BilledUsage } from './usage-cost.ts';

export interface AdmissionPorts {
  readonly quotas: Pick<Quotas, 'reserve' | 'renew'>;
  readonly settlementWriter: Pick<SettlementWriter, 'enqueue'>;
  readonly prices: PriceTable;
  /** Limits the keys of a team share; undefined means none. */
  readonly teamLimits: (team: string) => Promise<QuotaLimits | undefined>;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'every'>;
  readonly limits: Pick<AdmissionLimits, 'leaseMs' | 'leaseRenewMs' | 'storeCooldownMs'>;
  readonly events: Pick<Events, 'onError' | 'limitsSkipped'>;
  readonly onStoreError: 'open' | 'closed';
}

export interface AdmissionRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly model: string;
  /** Absent where no output is produced. */
  readonly maxTokens?: number;
  readonly body: Uint8Array;
  /** Other models and words that affect the price; called only where a budget applies. */
  readonly priceRequest?: () => PriceRequest;
}

export interface Grant {
  /** Raw pairs of `anthropic-ratelimit-…`; empty without limits. */
  readonly headers: readonly string[];
  /** Estimated input tokens; 0 where no limit depends on them. */
  readonly estimate: number;
  /** Frees what was taken and charges `cost` nano-dollars; called once, by on-response. */
  readonly settle: (usage: BilledUsage, cost: number, entry: LedgerEntry) => void;
}

/** The part of a request's state that admission writes and on-response settles. */
export interface GrantHolder {
  /** A promise while admission decides; undefined before, and after a rejection. */
  grant?: Grant | Promise<Grant> | undefined;
}

export interface Admission extends Disposable {
  /**
   * Registers the grant on `state`, from the call on, for on-response to settle.
   * @throws `rate_limited` or `budget_exceeded` with headers, `policy_blocked` where a budget applies
   * to a model without a price, `store_down`
   */
  admit(state: GrantHolder, caller: Caller, request: AdmissionRequest): Promise<Grant>;
}

/** What was taken for a request, until it is settled. */
interface Taken extends Pick<QuotaRequest, 'leases' | 'holder'> {
  readonly estimate: number;
  readonly charges: readonly RatedCharge[];
  readonly budgets: readonly Budget[];
  readonly accounts: readonly Account[];
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { quotas, clock, limits, events, onStoreError, prices } = ports;
  /** The store's last error: until `untilMs` requests do not wait for it to fail again. */
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
    async admit(state, caller, request) {
      const pending = decide(caller, request);
      state.grant = pending;
      try {
        return (state.grant = await pending);
      } catch (error) {
        state.grant = undefined;
        throw error;
      }
    },
    [Symbol.dispose]: stopHeartbeats,
  };

  async function decide(caller: Caller, request: AdmissionRequest): Promise<Grant> {
    const { id: holder, kind, body } = request;
    const nowMs = clock.now();
    const named = namesOf(caller);
    const nothing = { holder, estimate: 0, charges: [], leases: [], budgets: [] };
    const free = () => grantOf({ ...nothing, accounts: named.flatMap(accountsToday) }, []);
    const accountsToday = (one: LimitScope) => (kind === 'count' ? [] : accountsOf(one, nowMs));
    if (caller.limits === undefined && caller.team === undefined) return free();
    /** What the store may have taken although it reported a failure, such as a timeout. */
    let unsure: Taken | undefined;
    try {
      if (down && clock.monotonic() < down.untilMs) throw down.error;
      const bounded = await Promise.all(
        named.map(async (one): Promise<LimitScope> => {
          const isTeam = one.name.startsWith('team:') && caller.team !== undefined;
          return isTeam ? { ...one, bounds: (await ports.teamLimits(caller.team)) ?? {} } : one;
        }),
      );
      const estimate = needsInputEstimate(bounded, kind) ? inputEstimate(body) : 0;
      const charges = bounded.flatMap((one) => chargesOf(one, kind, estimate));
      const leases = bounded.flatMap((one) => leasesOf(one, kind));
      const accounts = bounded.flatMap(accountsToday);
      const budgets = kind === 'count' ? [] : budgetPeriodsOf(bounded, accounts, estimate, request);
      if (charges.length + leases.length + budgets.length === 0) return free();
      const untilMs = nowMs + limits.leaseMs;
      // Whether the store took the charges is unknown: a refund could exceed what was taken.
      unsure = { holder, estimate, charges: [], leases, budgets, accounts };
      const state = await quotas.reserve({ nowMs, charges, leases, budgets, holder, untilMs });
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
      if (onStoreError === 'closed') {
        if (unsure) ports.settlementWriter.enqueue(releaseOf(unsure, clock.now()));
        throw new LlmpError('store_down', undefined, { cause: error });
      }
      events.limitsSkipped({ requestId: holder, keyId: caller.keyId, error });
      return unsure ? grantOf(unsure, []) : free();
    }
  }

  /** The budgets that apply, each with the cost of the most expensive model of the request. */
  function budgetPeriodsOf(
    bounded: readonly LimitScope[],
    accounts: readonly Account[],
    input: number,
    { model, maxTokens = 0, priceRequest }: AdmissionRequest,
  ): BudgetPeriod[] {
    if (!bounded.some(({ bounds }) => hasBudget(bounds))) return [];
    const asked = priceRequest?.() ?? { models: [], maxTokens: 0, facts: {} };
    const output = Math.max(maxTokens, asked.maxTokens);
    const factor = factorOf(prices, asked.facts);
    const holds = [...new Set([model, ...asked.models])].map((named) => {
      const price = priceOf(prices, named);
      if (price) return costOf({ ...NO_TOKENS, input, output }, price, 0, factor);
      throw new LlmpError(
        'policy_blocked',
        `This API key or its team has a budget, and no price is known for ${
          named === model ? 'this model' : 'a fallback or advisor model'
        }.`,
      );
    });
    const hold = holds.reduce((dearest, one) => Math.max(dearest, one), 0);
    return accounts.flatMap(({ max, ...account }) =>
      max === undefined ? [] : [{ ...account, max, hold }],
    );
  }

  function grantOf(taken: Taken, headers: readonly string[]): Grant {
    if (taken.leases.length + taken.budgets.length > 0) running.add(taken);
    return {
      headers,
      estimate: taken.estimate,
      settle(usage, cost, entry) {
        running.delete(taken);
        const settlement = settlementOf(taken, usage, cost, clock.now());
        ports.settlementWriter.enqueue({ ...settlement, entry });
      },
    };
  }
}

function namesOf({ tenant, team, limits }: Caller): LimitScope[] {
  const key = { name: `key:${tenant}`, bounds: limits ?? {} };
  return team === undefined ? [key] : [key, { name: `team:${team}`, bounds: {} }];
}

function settlementOf(taken: Taken, usage: BilledUsage, cost: number, nowMs: number): Settlement {
  const { holder, leases, charges, budgets, accounts } = taken;
  const heldBy = new Map(budgets.map(({ account, hold }) => [account, hold]));
  return {
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
function releaseOf({ holder, leases, budgets }: Taken, nowMs: number): Settlement {
  const released = budgets.map(({ account, endMs, hold }) => ({ account, endMs, hold, cost: 0 }));
  return { nowMs, holder, charges: [], leases, budgets: released };
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
