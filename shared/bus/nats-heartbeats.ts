// Starts the heartbeat thread, and tells it about every message in work. Without the thread, the event loop
// alone sends heartbeats, as it always does while it turns.

import { Worker } from 'node:worker_threads';
import type { BusLimits, PipelineLimits } from '../limits.ts';
import type { Envelope, StageName } from '../protocol/messages.ts';
// The thread knows no other clock.
import { systemClock } from '../runtime/clock.ts';
import type { WorkWatch } from './bus.ts';
import type { NatsConnectionOptions } from './nats-connection.ts';
import { runAs, workName } from './work-context.ts';
import { WorkTable } from './work-table.ts';

export interface NatsHeartbeatsOptions {
  readonly connection: NatsConnectionOptions;
  readonly inboxPrefix: string;
  readonly limits: Pick<BusLimits, 'connectMs' | 'threadStartMs' | 'threadRestartMs'> &
    Pick<PipelineLimits, 'heartbeatMs' | 'blockedMaxMs'>;
  readonly onError: (error: unknown) => void;
}

export type ThreadData = Omit<NatsHeartbeatsOptions, 'onError'> & {
  readonly memory: SharedArrayBuffer;
};

export class NatsHeartbeats implements AsyncDisposable {
  readonly #options: NatsHeartbeatsOptions;
  readonly #table = new WorkTable();
  #thread: Worker | undefined;
  #isStarted = false;
  #isDisposed = false;
  #stopTurns: (() => void) | undefined;
  #cancelStart: (() => void) | undefined;

  constructor(options: NatsHeartbeatsOptions) {
    this.#options = options;
  }

  /** Call when this process begins to serve; the thread starts soon after. */
  prepare(): void {
    if (!this.#isStarted) this.#startIn(this.#options.limits.threadStartMs);
  }

  watchWork(
    { id, attempt, position, replyTo }: Envelope,
    stageName: StageName,
    from: string,
  ): WorkWatch {
    if (!this.#isStarted) this.#start();
    const meta = { kind: 'heartbeat', id, attempt, position, seq: -1, from } as const;
    const entry = this.#table.add({ subject: `${replyTo}.${stageName}`, meta });
    const name = workName(meta);
    return {
      run: (work) => runAs(name, work),
      end: () => {
        if (entry !== undefined) this.#table.delete(entry);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#stopTurns?.();
    this.#cancelStart?.();
    await this.#thread?.terminate();
  }

  #startIn(delayMs: number): void {
    if (this.#isDisposed || this.#cancelStart) return;
    this.#cancelStart = systemClock.after(delayMs, () => this.#start());
  }

  #start(): void {
    this.#cancelStart?.();
    this.#cancelStart = undefined;
    this.#isStarted = true;
    if (this.#isDisposed) return;
    const { connection, inboxPrefix, limits, onError } = this.#options;
    this.#stopTurns ??= systemClock.every(limits.heartbeatMs, () => this.#table.turn());
    const { servers, user, password, tls, name } = connection;
    const workerData: ThreadData = {
      connection: { servers, user, password, name: `${name} heartbeats`, ...(tls ? { tls } : {}) },
      inboxPrefix,
      limits,
      memory: this.#table.memory,
    };
    const thread = new Worker(new URL('nats-heartbeat-thread.ts', import.meta.url), {
      workerData,
      // The thread holds one connection and no messages.
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
    });
    this.#thread = thread;
    thread.unref();
    thread.on('error', onError);
    thread.once('exit', () => this.#startIn(limits.threadRestartMs));
  }
}
