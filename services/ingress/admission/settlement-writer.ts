// Writes settlements after responses, so that no client waits for them. Settlements that the store cannot
// take are kept and retried: an outage makes no request free.

import { endsWithin, type Clock } from '../../../shared/runtime/clock.ts';
import type { Events } from '../../../shared/events.ts';
import type { AdmissionLimits, ProcessLimits } from '../../../shared/limits.ts';
import type { Quotas, Settlement } from '../../../shared/metering/quotas.ts';

export interface SettlementWriterPorts {
  readonly quotas: Pick<Quotas, 'settle'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly limits: Pick<ProcessLimits, 'finalFlushMs'> &
    Pick<AdmissionLimits, 'storeCooldownMs' | 'settlementsQueuedMax' | 'settlementBatchMs'>;
  readonly events: Pick<Events, 'onError' | 'settlementLost' | 'recordsLost'>;
}

export interface SettlementWriter extends AsyncDisposable {
  /** Disposing waits up to `limits.finalFlushMs`, then reports every settlement that was not written. */
  enqueue(settlement: Settlement): void;
}

export function createSettlementWriter({
  quotas,
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

  const write = (settlement: Settlement) => {
    const written = quotas
      .settle(settlement)
      .catch((error: unknown) => {
        events.onError(error, settlement.holder);
        hold(settlement, error);
      })
      .finally(() => writing.delete(settlement));
    writing.set(settlement, written);
  };

  return {
    enqueue(settlement) {
      if (held.length === 0 && changesNoQuota(settlement)) {
        gathered.push(settlement);
        flush ??= clock.after(limits.settlementBatchMs, writeGathered);
      } else if (held.length === 0) write(settlement);
      else hold(settlement, new Error('the store is down, and too many settlements wait for it'));
    },
    async [Symbol.asyncDispose]() {
      flush?.();
      writeGathered();
      let error: unknown = new Error('the store did not respond in time');
      const finish = async () => {
        await Promise.all([...writing.values(), retrying]);
        retry?.();
        error = await writeHeld();
      };
      await endsWithin(clock, limits.finalFlushMs, finish());
      retry?.();
      const lost = [...writing.keys(), ...held].filter(({ entry }) => entry);
      for (const settlement of lost) reportLost(settlement, error);
      if (lost.length > 0) events.recordsLost({ records: lost.length });
    },
  };

  function writeGathered(): void {
    flush = undefined;
    for (const settlement of gathered.splice(0)) write(settlement);
  }

  function hold(settlement: Settlement, error: unknown): void {
    held.push(settlement);
    const dropped = held.length > limits.settlementsQueuedMax ? held.shift() : undefined;
    if (dropped) reportLost(dropped, error);
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
