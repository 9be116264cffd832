// Writes to a store all the time while its primary is killed, and measures what a failover costs.

import { setTimeout as delay } from 'node:timers/promises';
import type { LedgerEntry } from '../../../shared/metering/ledger.ts';
import { dayOf } from '../../../shared/metering/ledger.ts';
import type { Store } from '../../../shared/store/store.ts';
import { within } from './within.ts';

/** Each sends one write after the other. */
export const WRITERS = 8;
const RECOVERY_MS_MAX = 30_000;
const NOW = Date.UTC(2028, 5, 1, 12);

export interface Failover {
  /** From the kill to the first write that succeeded after a failed or delayed one. */
  readonly awayMs: number;
  /** Writes that were confirmed, and those of them that are gone. */
  readonly confirmed: number;
  readonly lost: number;
  readonly failed: number;
  /** Longest time that a write took to succeed or fail. */
  readonly slowestMs: number;
}

/**
 * @param owner whose entries the killed server keeps
 * @param kill gets the number of writes that have ended so far
 */
export async function failOver(
  store: Store,
  owner: string,
  kill: (progress: () => number) => void | Promise<void>,
): Promise<Failover> {
  const confirmed: string[] = [];
  let [failed, slowestMs, sent] = [0, 0, 0];
  let isOver = false;
  let isKilled = false;
  const back = Promise.withResolvers<void>();
  const warm = Promise.withResolvers<void>();
  const writer = async () => {
    while (!isOver) {
      const id = `e${String((sent += 1)).padStart(7, '0')}`;
      const sentAtMs = performance.now();
      const wasKilled = isKilled;
      const settlement = { nowMs: NOW, charges: [], leases: [], budgets: [], holder: id };
      const isWritten = await store.settle({ owner, ...settlement, entry: entryOf(id) }).then(
        () => true,
        () => false,
      );
      slowestMs = Math.max(slowestMs, performance.now() - sentAtMs);
      if (isWritten) confirmed.push(id);
      else {
        failed += 1;
        await delay(20);
      }
      if (isWritten && wasKilled) back.resolve();
      if (confirmed.length === 1_000) warm.resolve();
    }
  };
  const writers = Array.from({ length: WRITERS }, writer);
  await within(RECOVERY_MS_MAX, 'a thousand writes', warm.promise);
  await kill(() => confirmed.length + failed);
  const killedAtMs = performance.now();
  isKilled = true;
  await within(RECOVERY_MS_MAX, 'a write after the failover', back.promise);
  const awayMs = performance.now() - killedAtMs;
  const enough = confirmed.length + 200;
  while (confirmed.length < enough) await delay(20);
  isOver = true;
  await Promise.all(writers);
  const kept = await idsIn(store);
  const lost = confirmed.filter((id) => !kept.has(id)).length;
  return {
    awayMs: Math.round(awayMs),
    confirmed: confirmed.length,
    lost,
    failed,
    slowestMs: Math.round(slowestMs),
  };
}

async function idsIn(store: Store): Promise<Set<string>> {
  const ids = new Set<string>();
  let after: LedgerEntry | undefined;
  for (;;) {
    const page = { day: dayOf(NOW), limit: 1_000, ...(after ? { after } : {}) };
    const entries = await store.listEntries(page);
    for (const { id } of entries) ids.add(id);
    after = entries.at(-1);
    if (!after) return ids;
  }
}

function entryOf(id: string): LedgerEntry {
  return {
    id,
    // One millisecond each: entries of the same one are read at once.
    atMs: NOW + Number(id.slice(1)),
    keyId: 'k1',
    route: '/v1/messages',
    status: 200,
    outcome: 'responded',
    tookMs: 1,
    inputTokens: 1,
    cacheWriteTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 1,
    estimated: false,
    cost: 1,
  };
}
