// Takes from the quotas of a key and its team what a request is estimated to need, all or nothing, and
// corrects it once the real cost is known. When the store is down, `onStoreError` decides.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { LedgerEntry } from '../../../shared/metering/ledger.ts';
import type { AdmissionLimits } from '../../../shared/limits.ts';
import { costOf, factorOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import type { QuotaLimits, Quotas } from '../../../shared/metering/quotas.ts';
import { NO_TOKENS } from '../../../shared/token-usage.ts';
import type { Caller } from '../auth/auth.ts';
import { nameable, type PriceRequest } from '../request/check-models.ts';
import type { SettlementWriter } from './settlement-writer.ts';
import {
  accountsOf,
  hasBudget,
  chargesOf,
  leasesOf,
  needsInputEstimate,
  ownerOf,
  type Account,
  type RequestKind,
  type LimitScope,
} from './limit-scopes.ts';
import { inputEstimate } from '../../../shared/metering/token-estimate.ts';
import { quotaHeaders } from './quota-headers.ts';
import { rejection, type BudgetPeriod } from './rejection.ts';
import { releaseOf, settlementOf, type Taken } from './taken.ts';
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
  /** A promise while admission decides; undefined before, and after a rejection without a lease. */
  grant?: Grant | Promise<Grant | undefined> | undefined;
  /** Whether the response has closed, and the grant is settled. */
  isOver?: boolean;
}

/** What to ask the store for. */
type Plan = Omit<Taken, 'owner' | 'holder' | 'isUnsure' | 'budgets'> & {
  readonly budgets: readonly BudgetPeriod[];
};

export interface Admission extends Disposable {
  /**
   * Takes the concurrency leases of a message, before its body is read. They become part of the grant.
   * Throws as `admit`, `budget_exceeded` excepted.
   */
  lease(state: GrantHolder, caller: Caller, id: string): Promise<void>;
  /**
   * Registers the grant on `state`, from the call on, for on-response to settle.
   * @throws `rate_limited` or `budget_exceeded` with headers, `model_without_price` where a budget applies
   * to a model without a price, `store_down`, `client_disconnected` for a response that has closed
   */
  admit(state: GrantHolder, caller: Caller, request: AdmissionRequest): Promise<Grant>;
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { quotas, clock, limits, events, onStoreError, prices } = ports;
  /** The store's last error: until `untilMs` requests do not wait for it to fail again. */
  let down: { readonly error: unknown; readonly untilMs: number } | undefined;
  const running = new Set<Taken>();
  const takenBy = new WeakMap<Grant, Taken>();
  const stopHeartbeats = clock.every(limits.leaseRenewMs, () => {
    const nowMs = clock.now();
    for (const { owner, holder, leases, budgets } of running) {
      quotas
        .renew({ owner, holder, leases, budgets, nowMs, untilMs: nowMs + limits.leaseMs })
        .catch((error: unknown) => events.onError(error));
    }
  });

  return {
    async lease(state, caller, id) {
      await take(state, caller, id, leasePlanOf);
    },
    admit: (state, caller, request) =>
      take(state, caller, request.id, (bounded, nowMs) => planOf(bounded, nowMs, request)),
    [Symbol.dispose]: stopHeartbeats,
  };

  /**
   * Takes what `plan` asks for and registers the grant. While it is pending, and after a rejection, what
   * was taken earlier stays registered.
   */
  async function take(
    state: GrantHolder,
    caller: Caller,
    holder: string,
    plan: (bounded: readonly LimitScope[], nowMs: number) => Plan,
  ): Promise<Grant> {
    const earlier = state.grant instanceof Promise ? await state.grant : state.grant;
    // The response has been settled: nobody would give anything back.
    if (state.isOver === true) throw new LlmpError('client_disconnected');
    const pending = decide(caller, holder, plan, earlier && takenBy.get(earlier));
    state.grant = pending.catch(() => earlier);
    try {
      return (state.grant = await pending);
    } catch (error) {
      state.grant = earlier;
      throw error;
    }
  }

  async function decide(
    caller: Caller,
    holder: string,
    plan: (bounded: readonly LimitScope[], nowMs: number) => Plan,
    earlier: Taken | undefined,
  ): Promise<Grant> {
    const nowMs = clock.now();
    const named = namesOf(caller);
    const owner = ownerOf(caller);
    const held = earlier?.leases ?? [];
    const grant = (taken: Omit<Taken, 'owner' | 'holder'>, headers: readonly string[]) => {
      if (earlier) running.delete(earlier);
      return grantOf({ ...taken, owner, holder, leases: [...held, ...taken.leases] }, headers);
    };
    const free = () => {
      const { accounts } = plan(named.map(withoutBounds), nowMs);
      return grant({ estimate: 0, charges: [], leases: [], budgets: [], accounts }, []);
    };
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
      const planned = plan(bounded, nowMs);
      const { charges, budgets } = planned;
      const leases = planned.leases.filter(({ scope }) => !held.some((one) => one.scope === scope));
      if (charges.length + leases.length + budgets.length === 0) return free();
      const untilMs = nowMs + limits.leaseMs;
      // Whether the store took the charges is unknown: a refund could exceed what was taken.
      unsure = { ...planned, owner, holder, charges: [], leases, isUnsure: true };
      const taken = { owner, charges, leases, budgets, holder };
      const state = await quotas.reserve({ ...taken, nowMs, untilMs });
      const readings = charges.map(({ rate, perMinute }, at) => {
        return { rate, perMinute, left: state.left[at] ?? 0 };
      });
      const headers = quotaHeaders(readings, nowMs);
      if (!state.granted) throw rejection({ nowMs, charges, leases, budgets }, state, headers);
      return grant({ ...planned, leases }, headers);
    } catch (error) {
      if (error instanceof LlmpError) throw error;
      if (down?.error !== error)
        down = { error, untilMs: clock.monotonic() + limits.storeCooldownMs };
      if (onStoreError === 'closed') {
        if (unsure) ports.settlementWriter.enqueue(releaseOf(unsure, clock.now()));
        throw new LlmpError('store_down', undefined, { cause: error });
      }
      if (earlier?.isUnsure !== true) {
        events.limitsSkipped({ requestId: holder, keyId: caller.keyId, error });
      }
      return unsure ? grant(unsure, []) : free();
    }
  }

  function planOf(bounded: readonly LimitScope[], nowMs: number, request: AdmissionRequest): Plan {
    const { kind, body } = request;
    const estimate = needsInputEstimate(bounded, kind) ? inputEstimate(body) : 0;
    const accounts = kind === 'count' ? [] : bounded.flatMap((one) => accountsOf(one, nowMs));
    return {
      estimate,
      charges: bounded.flatMap((one) => chargesOf(one, kind, estimate)),
      leases: bounded.flatMap((one) => leasesOf(one, kind)),
      accounts,
      budgets: kind === 'count' ? [] : budgetPeriodsOf(bounded, accounts, estimate, request),
    };
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
        'model_without_price',
        `This API key or its team has a budget, and no price is known for ${
          named === model ? 'this model' : 'a fallback or advisor model'
        }: ${nameable(named)}.`,
      );
    });
    const hold = holds.reduce((dearest, one) => Math.max(dearest, one), 0);
    return accounts.flatMap(({ max, ...account }) =>
      max === undefined ? [] : [{ ...account, max, hold }],
    );
  }

  function grantOf(taken: Taken, headers: readonly string[]): Grant {
    if (taken.leases.length + taken.budgets.length > 0) running.add(taken);
    const grant: Grant = {
      headers,
      estimate: taken.estimate,
      settle(usage, cost, entry) {
        running.delete(taken);
        const settlement = settlementOf(taken, usage, cost, clock.now());
        ports.settlementWriter.enqueue({ ...settlement, entry });
      },
    };
    takenBy.set(grant, taken);
    return grant;
  }
}

/** Leases alone. The charges take nothing, but refuse a request whose rate is used up. */
function leasePlanOf(bounded: readonly LimitScope[]): Plan {
  const leases = bounded.flatMap((one) => leasesOf(one, 'message'));
  const charges = bounded.flatMap((one) => chargesOf(one, 'message', 0));
  return {
    estimate: 0,
    charges: leases.length === 0 ? [] : charges.map((charge) => ({ ...charge, tokens: 0 })),
    leases,
    accounts: [],
    budgets: [],
  };
}

function withoutBounds({ name }: LimitScope): LimitScope {
  return { name, bounds: {} };
}

function namesOf({ tenant, team, limits }: Caller): LimitScope[] {
  const key = { name: `key:${tenant}`, bounds: limits ?? {} };
  return team === undefined ? [key] : [key, { name: `team:${team}`, bounds: {} }];
}
