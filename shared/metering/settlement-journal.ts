// The settlement journal: settlements that the store has not confirmed, outside of the process, so that
// its sudden end loses none. It holds what the ledger holds: ids, names, numbers, no text of a request.

import * as z from 'zod';
import type { Settlement } from './quotas.ts';

export interface SettlementJournal extends AsyncDisposable {
  /** Writes the settlement soon, without waiting; again after each failure. */
  add(settlement: Settlement): void;
  /** The store has taken it, or it was given up. */
  remove(settlement: Settlement): void;
  /** Settlements added and not removed. */
  readonly size: number;
  /** Writes all of these to disk now; rejects when that is not possible. */
  flush(): Promise<void>;
  /**
   * Takes over what earlier processes left, one settlement after the other. Each may have been booked
   * before. Stops when `book` returns false; the rest is left for the next start.
   */
  recover(book: (settlement: Settlement) => Promise<boolean>): Promise<void>;
}

const amount = z.number().finite();
const text = z.string();

/** Only what booking relies on; a ledger entry is kept as it is. */
const settlementShape = z.looseObject({
  owner: text,
  nowMs: amount,
  holder: text,
  charges: z.array(z.looseObject({ bucket: text, perMinute: amount, tokens: amount })),
  leases: z.array(z.looseObject({ scope: text, max: amount })),
  budgets: z.array(z.looseObject({ account: text, endMs: amount, hold: amount, cost: amount })),
  entry: z.looseObject({
    id: text,
    atMs: amount,
    keyId: text,
    status: amount,
    outcome: text,
    inputTokens: amount,
    cacheWriteTokens: amount,
    cacheReadTokens: amount,
    outputTokens: amount,
    cost: amount.nullable(),
  }),
});

/** A line of the journal: checksum and JSON. */
export function journalLine(settlement: Settlement, checksum: (json: string) => number): string {
  const json = JSON.stringify(settlement);
  return `${checksum(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** `undefined` for a line that is torn or not ours. Keeps the order of fields, so JSON stays the same. */
export function readJournalLine(
  line: string,
  checksum: (json: string) => number,
): Settlement | undefined {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${checksum(json).toString(16).padStart(8, '0')} `) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return settlementShape.safeParse(value).success ? (value as Settlement) : undefined;
  } catch {
    return undefined;
  }
}
