// Usage and cost for administrators: sums by day, key, team and model, and ledger entries. Amounts are in
// dollars.

import type { Clock } from '../../shared/runtime/clock.ts';
import {
  USAGE_COUNTS,
  type Ledger,
  type LedgerEntry,
  type UsageCounts,
  type UsageSum,
} from '../../shared/metering/ledger.ts';
import { usdOf } from '../../shared/metering/prices.ts';
import type { Store } from '../../shared/store/store.ts';
import { keysNamed } from './find-key.ts';
import { checkKey } from './known-names.ts';
import { withStoreErrors } from './store-errors.ts';
import {
  LEDGER_PAGE_MAX,
  type LedgerFilters,
  readLedgerInput,
  readUsageInput,
  type Grouping,
} from './usage-input.ts';

export interface UsageView {
  readonly requests: number;
  /** Requests without a successful response. */
  readonly failed_requests: number;
  readonly input_tokens: number;
  readonly cache_write_tokens: number;
  readonly cache_read_tokens: number;
  readonly output_tokens: number;
  readonly cost_usd: number;
  /** Requests for models without a price; not included in `cost_usd`. */
  readonly unpriced_requests: number;
  /** Values replaced by the scrubber. */
  readonly scrubbed: number;
}

export type UsageRow = Readonly<Partial<Record<Grouping, string>>> & UsageView;

export interface UsageReport {
  readonly from: string;
  readonly to: string;
  /** Sorted by the groupings. */
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

/** Methods throw `invalid_request` for invalid input. A `key` is an id or a name, and must exist. */
export interface UsageService {
  /** @param input Optional `from`, `to`, `by` (`day,key,model`) and the filters `key`, `team`, `model`. */
  usage(input: unknown): Promise<UsageReport>;
  /**
   * @param input Optional `day`, `limit`, `order` (`oldest` or `newest` first), `after`, and the filters
   * `id`, `key`, `team`, `model`, `status` (`429` or `4xx`), `outcome` and `error_code`.
   */
  entries(input: unknown): Promise<EntryPage>;
}

const ZERO: UsageCounts = sumUp([]);

export function createUsageService({
  clock,
  configuredKeys,
  ...ports
}: {
  readonly store: Ledger & Pick<Store, 'listKeys' | 'keyById'>;
  readonly configuredKeys: readonly string[];
  readonly clock: Pick<Clock, 'now'>;
}): UsageService {
  const store = withStoreErrors(ports.store);
  /** Ids of the keys that a filter means: one, and those with this name. */
  const idsOf = async (key: string | undefined) =>
    key === undefined
      ? undefined
      : new Set([key, ...(await keysNamed(store, key)).map(({ id }) => id)]);
  /** A key that is neither stored nor configured any longer may have entries. */
  const checkFound = async (key: string | undefined, found: readonly unknown[]) => {
    if (key !== undefined && found.length === 0) await checkKey(store, configuredKeys, key);
  };

  return {
    async usage(input) {
      const { from, to, by, key, team, model } = readUsageInput(input, clock.now());
      const ids = await idsOf(key);
      const sums = (await store.usage({ from, to })).filter(
        (sum) =>
          (ids?.has(sum.keyId) ?? true) &&
          (team === undefined || sum.team === team) &&
          (model === undefined || sum.model === model),
      );
      await checkFound(key, sums);
      const grouped = Map.groupBy(sums, (sum) =>
        JSON.stringify(by.map((grouping) => valueOf(sum, grouping))),
      );
      const data = [...grouped]
        .map(([, [first, ...rest]]) => {
          if (!first) return viewOf(ZERO);
          const group = Object.fromEntries(
            by.map((grouping) => [grouping, valueOf(first, grouping)]),
          );
          return { ...group, ...viewOf(sumUp([first, ...rest])) };
        })
        .toSorted((one, other) => compare(by, one, other));
      return { from, to, data, total: viewOf(sumUp(sums)) };
    },

    async entries(input) {
      const { limit, day, order, after, key, ...filters } = readLedgerInput(input, clock.now());
      const ids = await idsOf(key);
      const isMeant = (entry: LedgerEntry) =>
        (ids?.has(entry.keyId) ?? true) && passesFilters(entry, filters);
      const isFiltered = ids !== undefined || Object.keys(filters).length > 0;
      const pageSize = isFiltered ? LEDGER_PAGE_MAX : limit + 1;
      const entries: LedgerEntry[] = [];
      for (let from = after ? { after } : {}; ;) {
        const page = await store.listEntries({ day, order, ...from, limit: pageSize });
        entries.push(...page.filter(isMeant));
        const last = page.at(-1);
        if (entries.length > limit || page.length < pageSize || !last) break;
        from = { after: last };
      }
      await checkFound(key, entries);
      const shown = entries.slice(0, limit);
      const last = shown.at(-1);
      return {
        data: shown.map(entryView),
        has_more: entries.length > limit,
        last_id: last ? `${last.atMs}-${last.id}` : null,
      };
    },
  };
}

function passesFilters(
  entry: LedgerEntry,
  { status, error_code, ...equal }: Omit<LedgerFilters, 'key'>,
): boolean {
  const statusText = String(entry.status).padStart(3, '0');
  return (
    (status === undefined || statusText.startsWith(status.replace('xx', ''))) &&
    (error_code === undefined || entry.errorCode === error_code) &&
    Object.entries(equal).every(([name, value]) => entry[name as keyof typeof equal] === value)
  );
}

function valueOf(sum: UsageSum, grouping: Grouping): string {
  return grouping === 'key' ? sum.keyId : sum[grouping];
}

function compare(by: readonly Grouping[], one: UsageRow, other: UsageRow): number {
  for (const grouping of by) {
    const [left = '', right = ''] = [one[grouping], other[grouping]];
    if (left !== right) return left < right ? -1 : 1;
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

/** Includes fields written by a newer version. */
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
  return name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}
