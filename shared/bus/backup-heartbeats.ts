// What the heartbeat thread does at each tick: nothing while the event loop turns, and otherwise a heartbeat
// for every message in work. A process that hangs for ever is ended once the ingress knows.

import { encodeBatch } from '../protocol/batch.ts';
import type { PipelineLimits } from '../limits.ts';
import type { Clock } from '../runtime/clock.ts';
import type { LoopBlocker } from './loop-blocker.ts';
import { LoopWatch } from './loop-watch.ts';
import { workName } from './work-context.ts';
import type { HeartbeatMeta, WorkTable } from './work-table.ts';

/** Heartbeats that tell the ingress what hangs, before the process ends: some may be lost. */
const TOLD_TIMES = 10;

/** Heartbeats in one message: far below the broker's maximum. */
const BATCH_ITEMS = 1_000;

export interface BackupHeartbeatsOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly limits: Pick<PipelineLimits, 'heartbeatMs' | 'blockedMaxMs'>;
  readonly table: WorkTable;
  readonly publish: (subject: string, batch: Uint8Array) => void;
  /** Called once when the event loop hangs. */
  readonly findBlocker: () => Promise<LoopBlocker>;
  /** Ends this process; called when the ingress has had time to learn that it hangs. */
  readonly end: (facts: LoopBlocker & { readonly blockedMs: number }) => void;
}

export class BackupHeartbeats {
  readonly #options: BackupHeartbeatsOptions;
  readonly #watch: LoopWatch;
  #isSearched = false;
  #blocker: LoopBlocker | undefined;
  /** Heartbeats that have told what hangs. */
  #told = 0;

  constructor(options: BackupHeartbeatsOptions) {
    this.#options = options;
    this.#watch = new LoopWatch(options);
  }

  /** Call every heartbeat. */
  tick(): void {
    const { table, end } = this.#options;
    const state = this.#watch.tick(table.turns);
    if (state === 'turning') return this.#forget();
    const entries = table.read() ?? [];
    if (entries.length === 0) return;
    if (state === 'hanging') this.#find();
    if (this.#blocker && (this.#told += 1) === TOLD_TIMES) {
      end({ ...this.#blocker, blockedMs: this.#watch.blockedMs });
    }
    const metasBySubject = Map.groupBy(entries, ({ subject }) => subject);
    for (const [subject, group] of metasBySubject) {
      this.#publish(
        subject,
        group.map(({ meta }) => this.#stated(meta)),
      );
    }
  }

  #publish(subject: string, metas: readonly HeartbeatMeta[]): void {
    for (let start = 0; start < metas.length; start += BATCH_ITEMS) {
      const items = metas.slice(start, start + BATCH_ITEMS).map((meta) => ({ meta }));
      this.#options.publish(subject, encodeBatch(items));
    }
  }

  /** Says what hangs as soon as that is known. */
  #stated(meta: HeartbeatMeta): HeartbeatMeta {
    if (!this.#blocker) return meta;
    const { work } = this.#blocker;
    if (work === undefined) return { ...meta, blockedBy: 'unknown' };
    return { ...meta, blockedBy: work === workName(meta) ? 'this' : 'other' };
  }

  #find(): void {
    if (this.#isSearched) return;
    this.#isSearched = true;
    const { table, findBlocker } = this.#options;
    const { turns } = table;
    void findBlocker().then((blocker) => {
      // It may have turned meanwhile, and what was found is innocent.
      if (table.turns === turns) this.#blocker = blocker;
    });
  }

  #forget(): void {
    this.#isSearched = false;
    this.#blocker = undefined;
    this.#told = 0;
  }
}
