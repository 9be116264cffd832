// The ledger: one record for each request of a key, which says what it was and what it cost and holds
// nothing of what was said; and sums of these records, which are kept for longer.

import type { ErrorCode } from '../errors.ts';

/** How a request ended for its client. */
export type RequestOutcome = 'answered' | 'refused' | 'failed' | 'client_disconnected';

export interface LedgerEntry {
  /** The request's id. */
  readonly id: string;
  /** When it came, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly keyId: string;
  readonly team?: string;
  readonly route: string;
  readonly model?: string;
  readonly stream?: boolean;
  /** HTTP status sent; 0 when the client left before one was. */
  readonly status: number;
  readonly outcome: RequestOutcome;
  readonly errorCode?: ErrorCode;
  readonly attempts?: number;
  /** Milliseconds. */
  readonly tookMs: number;
  readonly firstByteMs?: number;
  /** Milliseconds by worker. */
  readonly stages?: Readonly<Record<string, number>>;
  /** Tokens that were neither written to the prompt cache nor read from it. */
  readonly inputTokens: number;
  readonly cacheWriteTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  /** Whether tokens had to be estimated, as the answer broke off before it said them. */
  readonly estimated: boolean;
  /** Nano-dollars; null where the model has no price. */
  readonly cost: number | null;
  /** Name and version of the policy it was held against, and the rules that hit. */
  readonly policy?: string;
  readonly policyHits?: string;
  /** Whether the answer was one given before: `hit`, `miss` or `bypass`; absent where none is wanted. */
  readonly cache?: string;
  /** Number of replacements by entity. */
  readonly scrubbed?: Readonly<Record<string, number>>;
}

/** What is summed up; whole numbers. */
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

/** One sum: what a key had of a model on a day of UTC, `2026-11-27`. Empty text stands for none. */
export interface UsageGroup {
  readonly day: string;
  readonly keyId: string;
  readonly team: string;
  readonly model: string;
}

export type UsageSum = UsageGroup & UsageCounts;

export interface LedgerPage {
  /** Day of UTC. */
  readonly day: string;
  /** The record after which the page begins; it need not exist. */
  readonly after?: Pick<LedgerEntry, 'atMs' | 'id'>;
  readonly limit: number;
}

/** Reading; what is read was written by `Quotas.settle`. */
export interface Ledger {
  /** Records of a day by time and id. */
  listEntries(page: LedgerPage): Promise<LedgerEntry[]>;
  /** All sums of days from `from` to `to`, both included, in any order. */
  usage(days: { readonly from: string; readonly to: string }): Promise<UsageSum[]>;
}

/** How long a store keeps its ledger, in days. */
export interface LedgerRetention {
  readonly entryDays: number;
  readonly usageDays: number;
}

export const DAY_MS = 86_400_000;

/** The day of UTC a moment belongs to. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** The sum an entry belongs to, and what it adds there. */
export function usageOf(entry: LedgerEntry): UsageSum {
  const { atMs, keyId, team = '', model = '', status, scrubbed = {}, cost } = entry;
  const { inputTokens, cacheWriteTokens, cacheReadTokens, outputTokens } = entry;
  return {
    day: dayOf(atMs),
    keyId,
    team,
    model,
    requests: 1,
    failed: entry.outcome === 'answered' && status < 400 ? 0 : 1,
    inputTokens,
    cacheWriteTokens,
    cacheReadTokens,
    outputTokens,
    scrubbed: Object.values(scrubbed).reduce((sum, count) => sum + count, 0),
    unpriced: cost === null ? 1 : 0,
    cost: cost ?? 0,
  };
}
