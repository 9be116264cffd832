// Who may be served now. Takes from the quotas of the key and of its team what a request is thought to
// need, all or nothing, and corrects it once the true cost is known. When the store is down,
// `onStoreFault` decides: a limiter that fails must not take the gateway with it, unless its owner
// wants just that.

import type { Clock } from '../../../shared/runtime/clock.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import type { LedgerEntry } from '../../../shared/metering/ledger.ts';
import type { Limits } from '../../../shared/limits.ts';
import { costOf, priceOf, type PriceTable } from '../../../shared/metering/prices.ts';
import type {
  Purse,
  QuotaLimits,
  QuotaOrder,
  Quotas,
  Settlement,
} from '../../../shared/metering/quotas.ts';
import type { Caller } from '../auth/auth.ts';
import type { Bookkeeper } from './settlement-writer.ts';
import {
  accountsOf,
  budgets,
  drawsOf,
  seatsOf,
  weighsInput,
  type Account,
  type AskKind,
  type Bounded,
  type Taking,
} from './limit-scopes.ts';
import { inputEstimate } from '../../../shared/metering/token-estimate.ts';
import { quotaHeaders } from './quota-headers.ts';
import { refusal, type Fund } from './rejection.ts';
import type { Spent } from './usage-cost.ts';

export interface AdmissionPorts {
  readonly quotas: Pick<Quotas, 'take' | 'renew'>;
  readonly bookkeeper: Pick<Bookkeeper, 'book'>;
  readonly prices: PriceTable;
  /** What the keys of a team may use together; undefined bounds nothing. */
  readonly teamLimits: (team: string) => Promise<QuotaLimits | undefined>;
  readonly clock: Pick<Clock, 'now' | 'monotonic' | 'every'>;
  readonly limits: Pick<Limits, 'seatMs' | 'seatBeatMs' | 'storeRestMs'>;
  readonly events: Pick<Events, 'fault' | 'unlimited'>;
  readonly onStoreFault: 'open' | 'closed';
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
   * Rejects with `rate_limited` or `over_budget`, which carry the headers, with `policy_blocked` where
   * a budget meets a model without a price, or with `store_down`.
   */
  admit(caller: Caller, ask: Ask): Promise<Grant>;
}

/** What was taken for a request, and is to be settled. */
interface Taken extends Pick<QuotaOrder, 'seats' | 'holder'> {
  readonly estimate: number;
  readonly draws: readonly Taking[];
  readonly purses: readonly Purse[];
  readonly accounts: readonly Account[];
}

export function createAdmission(ports: AdmissionPorts): Admission {
  const { quotas, clock, limits, events, onStoreFault, prices } = ports;
  /** What the store failed with lately; it takes its time to fail, which not every request must wait. */
  let down: { readonly error: unknown; readonly untilMs: number } | undefined;
  const running = new Set<Taken>();
  const stopBeats = clock.every(limits.seatBeatMs, () => {
    const nowMs = clock.now();
    for (const { holder, seats, purses } of running) {
      quotas
        .renew({ holder, seats, purses, nowMs, untilMs: nowMs + limits.seatMs })
        .catch((error: unknown) => events.fault(error));
    }
  });

  return {
    async admit(caller, ask) {
      const { id: holder, kind, body } = ask;
      const nowMs = clock.now();
      const named = namesOf(caller);
      const nothing = { holder, estimate: 0, draws: [], seats: [], purses: [] };
      const free = () => grantOf({ ...nothing, accounts: named.flatMap(accountsToday) }, []);
      const accountsToday = (one: Bounded) => (kind === 'count' ? [] : accountsOf(one, nowMs));
      if (caller.limits === undefined && caller.team === undefined) return free();
      try {
        if (down && clock.monotonic() < down.untilMs) throw down.error;
        const bounded = await Promise.all(
          named.map(async (one): Promise<Bounded> => {
            const isTeam = one.name.startsWith('team:') && caller.team !== undefined;
            return isTeam ? { ...one, bounds: (await ports.teamLimits(caller.team)) ?? {} } : one;
          }),
        );
        const estimate = weighsInput(bounded, kind) ? inputEstimate(body) : 0;
        const draws = bounded.flatMap((one) => drawsOf(one, kind, estimate));
        const seats = bounded.flatMap((one) => seatsOf(one, kind));
        const accounts = bounded.flatMap(accountsToday);
        const purses = kind === 'count' ? [] : fundsOf(bounded, accounts, estimate, ask);
        if (draws.length + seats.length + purses.length === 0) return free();
        const untilMs = nowMs + limits.seatMs;
        const state = await quotas.take({ nowMs, draws, seats, purses, holder, untilMs });
        const readings = draws.map(({ rate, perMinute }, at) => {
          return { rate, perMinute, left: state.left[at] ?? 0 };
        });
        const headers = quotaHeaders(readings, nowMs);
        if (!state.granted) throw refusal({ nowMs, draws, seats, purses }, state, headers);
        return grantOf({ holder, estimate, draws, seats, purses, accounts }, headers);
      } catch (error) {
        if (error instanceof LlmpError) throw error;
        if (down?.error !== error)
          down = { error, untilMs: clock.monotonic() + limits.storeRestMs };
        if (onStoreFault === 'closed')
          throw new LlmpError('store_down', undefined, { cause: error });
        events.unlimited({ requestId: holder, keyId: caller.keyId, error });
        return free();
      }
    },
    [Symbol.dispose]: stopBeats,
  };

  /** The budgets there are, each with what the request may cost at most. */
  function fundsOf(
    bounded: readonly Bounded[],
    accounts: readonly Account[],
    inputTokens: number,
    { model, maxTokens = 0 }: Ask,
  ): Fund[] {
    if (!bounded.some(({ bounds }) => budgets(bounds))) return [];
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
    if (taken.seats.length + taken.purses.length > 0) running.add(taken);
    return {
      headers,
      estimate: taken.estimate,
      settle(spent, cost, entry) {
        running.delete(taken);
        const settlement = settlementOf(taken, spent, cost, clock.now());
        const { draws, seats, purses } = settlement;
        if (!entry && draws.length + seats.length + purses.length === 0) return;
        ports.bookkeeper.book({ ...settlement, ...(entry ? { entry } : {}) });
      },
    };
  }
}

function namesOf({ tenant, team, limits }: Caller): Bounded[] {
  const key = { name: `key:${tenant}`, bounds: limits ?? {} };
  return team === undefined ? [key] : [key, { name: `team:${team}`, bounds: {} }];
}

function settlementOf(taken: Taken, spent: Spent, cost: number, nowMs: number): Settlement {
  const { holder, seats, estimate, draws, purses, accounts } = taken;
  const heldBy = new Map(purses.map(({ account, hold }) => [account, hold]));
  return {
    nowMs,
    holder,
    seats,
    draws: draws
      .map((draw) => ({ ...draw, tokens: correctionOf(draw, spent, estimate) }))
      .filter(({ tokens }) => tokens !== 0),
    purses: accounts
      .map(({ account, endMs }) => ({ account, endMs, hold: heldBy.get(account) ?? 0, cost }))
      .filter((purse) => purse.hold > 0 || purse.cost > 0),
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
