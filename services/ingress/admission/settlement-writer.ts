// Writes settlements after responses, so that no client waits for them. Settlements that the store cannot
// take are kept, in memory and in the journal, and retried: an outage makes no request free.

import { endsWithin, pause, type Clock } from '../../../shared/runtime/clock.ts';
import type { Events } from '../../../shared/events.ts';
import type { AdmissionLimits, ProcessLimits } from '../../../shared/limits.ts';
import type { Quotas, Settlement } from '../../../shared/metering/quotas.ts';
import type { SettlementJournal } from '../../../shared/metering/settlement-journal.ts';

export interface SettlementWriterPorts {
  readonly quotas: Pick<Quotas, 'settle'>;
  readonly journal: SettlementJournal;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  readonly limits: Pick<ProcessLimits, 'finalFlushMs'> &
    Pick<
      AdmissionLimits,
      'storeCooldownMs' | 'settlementsQueuedMax' | 'settlementBatchMs' | 'settlementJournalMs'
    >;
  readonly events: Pick<
    Events,
    'onError' | 'settlementLost' | 'recordsLost' | 'settlementKept' | 'recordsKept'
  >;
}

export interface SettlementWriter extends AsyncDisposable {
  enqueue(settlement: Settlement): void;
  /** Books what earlier processes left in the journal, once the store takes it. */
  recover(): Promise<void>;
  /**
   * Waits up to `limits.finalFlushMs`. What was not written then stays in the journal; each settlement
   * that the journal cannot keep is reported as lost.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A settlement whose confirmation is looked for. */
interface Watched {
  readonly settlement: Settlement;
  readonly sinceMs: number;
}

/** Share of the time for its confirmation after which a settlement may be looked at. */
const EARLIEST_LOOK = 0.8;

export function createSettlementWriter({
  quotas,
  journal,
  clock,
  limits,
  events,
}: SettlementWriterPorts): SettlementWriter {
  const writing = new Map<Settlement, Promise<void>>();
  /** In order of arrival; not empty while the store is considered down. */
  const held: Settlement[] = [];
  let retry: (() => void) | undefined;
  let retrying: Promise<void> | undefined;
  /** Free nothing that a limit waits for: written a little later, together. */
  const gathered: Settlement[] = [];
  let flush: (() => void) | undefined;
  /** Settlements that a look finds still unconfirmed go into the journal. */
  let look: (() => void) | undefined;
  const recent: Watched[] = [];
  /** Unconfirmed for too long: until the store is in time again, each settlement is journaled at once. */
  const late = new Set<Settlement>();
  const stopped = new AbortController();
  let recovering: Promise<void> | undefined;

  const write = (settlement: Settlement) => {
    const written = quotas
      .settle(settlement)
      .then(() => journal.remove(settlement))
      .catch((error: unknown) => {
        events.onError(error, settlement.holder);
        hold(settlement, error);
      })
      .finally(() => {
        writing.delete(settlement);
        late.delete(settlement);
      });
    writing.set(settlement, written);
  };

  return {
    enqueue(settlement) {
      if (held.length > 0) {
        return hold(settlement, new Error('the store is down, and too many settlements wait'));
      }
      if (late.size > 0) journal.add(settlement);
      watch(settlement);
      if (changesNoQuota(settlement)) {
        gathered.push(settlement);
        flush ??= clock.after(limits.settlementBatchMs, writeGathered);
      } else write(settlement);
    },
    recover() {
      recovering ??= journal.recover(async (settlement) => {
        while (!stopped.signal.aborted) {
          try {
            await quotas.settle(settlement);
            return true;
          } catch (error) {
            events.onError(error, settlement.holder);
            await pause(clock, limits.storeCooldownMs, stopped.signal);
          }
        }
        return false;
      });
      return recovering;
    },
    async [Symbol.asyncDispose]() {
      flush?.();
      look?.();
      stopped.abort();
      writeGathered();
      let error: unknown = new Error('the store did not respond in time');
      const finish = async () => {
        await Promise.all([...writing.values(), retrying, recovering]);
        retry?.();
        error = await writeHeld();
      };
      await endsWithin(clock, limits.finalFlushMs, finish());
      retry?.();
      await keep(
        [...writing.keys(), ...held].filter(({ entry }) => entry),
        error,
      );
    },
  };

  /** In the journal, or reported as lost. */
  async function keep(left: readonly Settlement[], error: unknown): Promise<void> {
    if (left.length === 0) return;
    for (const settlement of left) journal.add(settlement);
    const kept = journal.flush().then(() => true);
    if (await endsWithin(clock, limits.finalFlushMs, kept).catch(() => false)) {
      for (const { entry } of left) if (entry) events.settlementKept({ entry });
      return events.recordsKept({ records: left.length });
    }
    for (const settlement of left) reportLost(settlement, error);
    events.recordsLost({ records: left.length });
  }

  function watch(settlement: Settlement): void {
    if (settlement.entry === undefined) return;
    recent.push({ settlement, sinceMs: clock.monotonic() });
    look ??= clock.after(limits.settlementJournalMs, lookAtRecent);
  }

  function lookAtRecent(): void {
    const { settlementJournalMs } = limits;
    const nowMs = clock.monotonic();
    // Those that would be looked at soon, so that one look serves many.
    const isDue = ({ sinceMs }: Watched) => nowMs - sinceMs >= settlementJournalMs * EARLIEST_LOOK;
    const next = recent.findIndex((one) => !isDue(one));
    const due = recent.splice(0, next < 0 ? recent.length : next);
    const waiting = new Set(gathered);
    for (const { settlement } of due) {
      if (!writing.has(settlement) && !waiting.has(settlement)) continue;
      late.add(settlement);
      journal.add(settlement);
    }
    const [first] = recent;
    look = first && clock.after(first.sinceMs + settlementJournalMs - nowMs, lookAtRecent);
  }

  function writeGathered(): void {
    flush = undefined;
    for (const settlement of gathered.splice(0)) write(settlement);
  }

  function hold(settlement: Settlement, error: unknown): void {
    held.push(settlement);
    journal.add(settlement);
    const dropped = held.length > limits.settlementsQueuedMax ? held.shift() : undefined;
    if (dropped) {
      reportLost(dropped, error);
      journal.remove(dropped);
    }
    retry ??= clock.after(limits.storeCooldownMs, retryHeld);
  }

  function retryHeld(): void {
    retry = undefined;
    retrying = writeHeld()
      .then((error) => {
        if (error !== undefined) retry ??= clock.after(limits.storeCooldownMs, retryHeld);
      })
      .finally(() => (retrying = undefined));
  }

  /** Writes one after the other; returns the first error, as the store is still down then. */
  async function writeHeld(): Promise<unknown> {
    for (let next = held[0]; next; next = held[0]) {
      try {
        // Stays in the list meanwhile, so that later settlements wait behind it.
        await quotas.settle(next);
      } catch (error) {
        // Moves to the end, in case that only this one fails.
        if (held[0] === next) held.push(...held.splice(0, 1));
        return error;
      }
      journal.remove(next);
      if (held[0] === next) held.shift();
    }
    return undefined;
  }

  function reportLost({ entry }: Settlement, error: unknown): void {
    if (entry) events.settlementLost({ entry, error });
  }
}

function changesNoQuota({ charges, leases, budgets }: Settlement): boolean {
  return charges.length + leases.length === 0 && budgets.every(({ hold }) => hold === 0);
}
