// What was used and what it cost, as an administrator reads it: sums by day, key, team and model, and
// the records of single requests. Money is in dollars here.

import type { Clock } from '../../shared/runtime/clock.ts';
import {
  USAGE_COUNTS,
  type Ledger,
  type LedgerEntry,
  type UsageCounts,
  type UsageSum,
} from '../../shared/metering/ledger.ts';
import { usdOf } from '../../shared/metering/prices.ts';
import { answered } from './store-errors.ts';
import { readLedgerInput, readUsageInput, type Grouping } from './usage-input.ts';

export interface UsageView {
  readonly requests: number;
  /** Of these, those that were not answered with success. */
  readonly failed_requests: number;
  readonly input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_read_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  /** Requests of models without a price, which are not in the cost. */
  readonly unpriced_requests: number;
  /** Values replaced by the scrubber. */
  readonly scrubbed: number;
}

export type UsageRow = Readonly<Partial<Record<Grouping, string>>> & UsageView;

export interface UsageReport {
  readonly from: string;
  readonly to: string;
  /** In the order of what they are grouped by. */
  readonly data: readonly UsageRow[];
  readonly total: UsageView;
}

export type EntryView = Readonly<Record<string, unknown>> & { readonly id: string };

export interface EntryPage {
  readonly data: readonly EntryView[];
  readonly has_more: boolean;
  /** The `after` of the next page. */
  readonly last_id: string | null;
}

/** Both throw `invalid_request` for what is wrong with the input. */
export interface UsageService {
  /** Input: `from`, `to`, `by` (`day,key,model`), and as filters `key`, `team`, `model`; all optional. */
  usage(input: unknown): Promise<UsageReport>;
  /** Input: `day`, `limit`, `after`; all optional. */
  entries(input: unknown): Promise<EntryPage>;
}

const NOTHING: UsageCounts = sumUp([]);

export function createUsageService({
  store,
  clock,
}: {
  readonly store: Ledger;
  readonly clock: Pick<Clock, 'now'>;
}): UsageService {
  return {
    async usage(input) {
      const { from, to, by, key, team, model } = readUsageInput(input, clock.now());
      const sums = (await answered(store.usage({ from, to }))).filter(
        (sum) =>
          (key === undefined || sum.keyId === key) &&
          (team === undefined || sum.team === team) &&
          (model === undefined || sum.model === model),
      );
      const grouped = Map.groupBy(sums, (sum) =>
        JSON.stringify(by.map((word) => wordOf(sum, word))),
      );
      const data = [...grouped]
        .map(([, [first, ...rest]]) => {
          if (!first) return viewOf(NOTHING);
          const group = Object.fromEntries(by.map((word) => [word, wordOf(first, word)]));
          return { ...group, ...viewOf(sumUp([first, ...rest])) };
        })
        .toSorted((one, other) => compare(by, one, other));
      return { from, to, data, total: viewOf(sumUp(sums)) };
    },

    async entries(input) {
      const { limit, ...page } = readLedgerInput(input, clock.now());
      const found = await answered(store.listEntries({ ...page, limit: limit + 1 }));
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return {
        data: shown.map(entryView),
        has_more: found.length > limit,
        last_id: last ? `${last.atMs}-${last.id}` : null,
      };
    },
  };
}

function wordOf(sum: UsageSum, word: Grouping): string {
  return word === 'key' ? sum.keyId : sum[word];
}

function compare(by: readonly Grouping[], one: UsageRow, other: UsageRow): number {
  for (const word of by) {
    const [here = '', there = ''] = [one[word], other[word]];
    if (here !== there) return here < there ? -1 : 1;
  }
  return 0;
}

function sumUp(sums: readonly UsageCounts[]): UsageCounts {
  return Object.fromEntries(
    USAGE_COUNTS.map((count) => [count, sums.reduce((total, sum) => total + sum[count], 0)]),
  ) as UsageCounts;
}

function viewOf(counts: UsageCounts): UsageView {
  return {
    requests: counts.requests,
    failed_requests: counts.failed,
    input_tokens: counts.inputTokens,
    cache_write_tokens: counts.cacheWriteTokens,
    cache_read_tokens: counts.cacheReadTokens,
    output_tokens: counts.outputTokens,
    cost_usd: usdOf(counts.cost),
    unpriced_requests: counts.unpriced,
    scrubbed: counts.scrubbed,
  };
}

/** Every field of a record in the words of the API, also those a newer version wrote. */
function entryView({ id, atMs, keyId, cost, ...others }: LedgerEntry): EntryView {
  return {
    id,
    at: new Date(atMs).toISOString(),
    key: keyId,
    ...Object.fromEntries(Object.entries(others).map(([name, value]) => [snake(name), value])),
    cost_usd: cost === null ? null : usdOf(cost),
  };
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
