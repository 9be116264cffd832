// The ledger: one entry per request, with its usage and cost but none of its text, and daily sums of
// these entries, which are kept longer.

import type { ErrorCode } from '../errors.ts';

/** How the request ended for the client. */
export const OUTCOMES = ['responded', 'refused', 'failed', 'client_disconnected'] as const;
export type RequestOutcome = (typeof OUTCOMES)[number];

/** Where token counts come from: the upstream, an estimate, or the simulator, which costs nothing. */
export type UsageSource = 'reported' | 'estimated' | 'simulator';

export interface LedgerEntry {
  /** The request id. */
  readonly id: string;
  /** Arrival, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly keyId: string;
  readonly team?: string;
  readonly route: string;
  /** The feature of a request that went to the upstream as it came. */
  readonly passThrough?: string;
  readonly model?: string;
  readonly stream?: boolean;
  /** HTTP status sent; 0 when the client disconnected before the response started. */
  readonly status: number;
  readonly outcome: RequestOutcome;
  readonly errorCode?: ErrorCode;
  readonly attempts?: number;
  /** Calls to upstreams whose outcome never arrived; their input is estimated, their output unknown. */
  readonly unknownCalls?: number;
  readonly tookMs: number;
  readonly firstByteMs?: number;
  /** Milliseconds by stage. */
  readonly stages?: Readonly<Record<string, number>>;
  /** Tokens neither written to nor read from the prompt cache. */
  readonly inputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  /** Whether tokens are estimated, because the upstream reported none for what it sent. */
  readonly estimated: boolean;
  /** Absent where nothing was spent. */
  readonly usageSource?: UsageSource;
  /** Nano-dollars; null when the model has no price. */
  readonly cost: number | null;
  /** Name and version of the policy applied. */
  readonly policy?: string;
  /** Rules that matched. */
  readonly policyHits?: string;
  /** Response cache: `hit`, `miss` or `bypass`; absent when the key does not use it. */
  readonly cache?: string;
  /** Replacements by entity type. */
  readonly scrubbed?: Readonly<Record<string, number>>;
}

/** The summed fields; whole numbers. */
export const USAGE_COUNTS = [
  'requests',
  'failed',
  'inputTokens',
  'cacheWriteTokens',
  'cacheReadTokens',
  'outputTokens',
  'scrubbed',
  'unpriced',
  'cost',
] as const;

export type UsageCounts = Readonly<Record<(typeof USAGE_COUNTS)[number], number>>;

/** The group of a sum: one UTC day (`2026-11-27`), key, team and model. Empty text means none. */
export interface UsageGroup {
  readonly day: string;
  readonly keyId: string;
  readonly team: string;
  readonly model: string;
}

export type UsageSum = UsageGroup & UsageCounts;

export const LEDGER_ORDERS = ['oldest', 'newest'] as const;
/** Which entries of a day come first. */
export type LedgerOrder = (typeof LEDGER_ORDERS)[number];

export interface LedgerPage {
  /** UTC day, `2026-11-27`. */
  readonly day: string;
  /** By time and id; the oldest come first by default. */
  readonly order?: LedgerOrder;
  /** The page starts after this entry in its order; the entry need not exist. */
  readonly after?: Pick<LedgerEntry, 'atMs' | 'id'>;
  readonly limit: number;
}

/** Reads the ledger; `Quotas.settle` writes it. */
export interface Ledger {
  /** The entries of a day. */
  listEntries(page: LedgerPage): Promise<LedgerEntry[]>;
  /** All sums from day `from` to day `to`, inclusive, in any order. */
  usage(days: { readonly from: string; readonly to: string }): Promise<UsageSum[]>;
}

/** How long a store keeps the ledger, in days. */
export interface LedgerRetention {
  readonly entryDays: number;
  readonly usageDays: number;
}

export const DAY_MS = 86_400_000;

/** The UTC day of a timestamp. */
export function dayOf(ms: number): string {
  const number = Math.floor(ms / DAY_MS);
  if (number !== lastDay.number) {
    lastDay = { number, name: new Date(ms).toISOString().slice(0, 10) };
  }
  return lastDay.name;
}

/** Nearly all timestamps are of the same day. */
let lastDay = { number: Number.NaN, name: '' };

/** The group an entry belongs to, and what it adds to its sum. */
export function usageOf(entry: LedgerEntry): UsageSum {
  const { atMs, keyId, team = '', model = '', status, scrubbed = {}, cost } = entry;
  const { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens } = entry;
  return {
    day: dayOf(atMs),
    keyId,
    team,
    model,
    requests: 1,
    failed: entry.outcome === 'responded' && status < 400 ? 0 : 1,
    inputTokens,
    cacheWriteTokens,
    cacheReadTokens,
    outputTokens,
    scrubbed: Object.values(scrubbed).reduce((sum, count) => sum + count, 0),
    unpriced: cost === null ? 1 : 0,
    cost: cost ?? 0,
  };
}
