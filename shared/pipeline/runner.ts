// Runs the stages of a process: accepts messages from the bus and starts a task for each. Tasks send
// heartbeats, so the ingress can tell a slow worker from a dead one.

import type { Bus, Inbox, Subscription } from '../bus/bus.ts';
import { endsWithin, type Clock } from '../runtime/clock.ts';
import { stageNameOf, type RequestMessage, type StageName } from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import type { Limits, PipelineLimits } from '../limits.ts';
import { StageTask } from './task.ts';
import type { HostedStages, Stage, TaskContext } from '../protocol/stage.ts';

export interface RunnerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: PipelineLimits & Limits['eventLoop'];
  readonly stages: HostedStages;
  /** Receives every internal failure, with the request it belongs to. */
  readonly onError: (error: unknown, requestId?: string) => void;
}

interface HostedStage {
  readonly stageName: StageName;
  readonly stage: Stage<TaskContext>;
  readonly tasks: Map<string, StageTask>;
  /** Tasks whose stage is working; the others only wait for acknowledgements. */
  working: number;
  inbox: Inbox;
  subscription: Subscription;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #hosted: HostedStage[] = [];
  readonly #stopHeartbeats: () => void;
  #heartbeatAtMs: number;
  #staleUntilMs = -Infinity;

  private constructor(options: RunnerOptions) {
    this.#options = options;
    this.#heartbeatAtMs = options.clock.monotonic();
    this.#stopHeartbeats = options.clock.every(options.limits.heartbeatMs, () => this.#heartbeat());
  }

  /** Hosts every stage given; messages are accepted from the moment this resolves. */
  static async start(options: RunnerOptions): Promise<Runner> {
    const runner = new Runner(options);
    try {
      for (const [stageName, stage] of Object.entries(options.stages)) {
        await runner.#host(stageName as StageName, stage);
      }
    } catch (error) {
      runner.#stopHeartbeats();
      throw error;
    }
    return runner;
  }

  /** Messages in work, over all stages. */
  get inFlight(): number {
    return this.#hosted.reduce((sum, { working }) => sum + working, 0);
  }

  /**
   * Accepts no more messages, lets running ones finish until `signal` aborts, then ends the rest with
   * `draining` and waits briefly for their last acknowledgements.
   */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#hosted.map(({ subscription }) => subscription.stop()));
    const finished = Promise.all(this.#tasks().map((task) => task.done));
    const late = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([finished, late]);
    for (const task of this.#tasks()) task.stop(new LlmpError('draining'));
    await this.#settled();
    this.#stopHeartbeats();
    await Promise.all(this.#hosted.map(({ inbox }) => inbox.close()));
  }

  async #host(stageName: StageName, stage: Stage<TaskContext>): Promise<void> {
    const { bus } = this.#options;
    const tasks = new Map<string, StageTask>();
    const inbox = await bus.openWorkerInbox(stageName, (control) => {
      const { meta } = control;
      tasks.get(taskKey(meta))?.control(control);
      // Until then a later worker may still pull a body that is held here.
      if (meta.kind === 'cancel') bus.release(meta.id);
    });
    const hosted: HostedStage = {
      stageName,
      stage,
      tasks,
      working: 0,
      inbox,
      subscription: NOT_YET,
    };
    hosted.subscription = await bus.serve(stageName, (message, replied) =>
      this.#accept(hosted, message, replied),
    );
    this.#hosted.push(hosted);
  }

  #accept(
    hosted: HostedStage,
    message: RequestMessage,
    replied?: Promise<void>,
  ): 'accepted' | 'busy' {
    const { stageName, stage, tasks, inbox } = hosted;
    const { bus, clock, limits, onError } = this.#options;
    if (stageNameOf(message.meta) !== stageName)
      throw new RangeError('the message is for another stage');
    const key = taskKey(message.meta);
    if (tasks.has(key)) return 'accepted';
    if (hosted.working >= limits.inFlightMax[stageName] || this.#stale()) return 'busy';
    const from = inbox.address;
    const begin = { message, from, replied };
    const watch = bus.watchWork(message.meta, stageName, from);
    const task = watch.run(
      () => new StageTask({ bus, clock, limits, stageName, stage, ...begin, onError }),
    );
    tasks.set(key, task);
    hosted.working += 1;
    void task.done.then(() => (hosted.working -= 1));
    void task.settled.then(() => {
      tasks.delete(key);
      watch.end();
    });
    return 'accepted';
  }

  #tasks(): StageTask[] {
    return this.#hosted.flatMap(({ tasks }) => [...tasks.values()]);
  }

  /**
   * After a standstill of this process (paused, starved) the waiting messages have been given to
   * other workers. `busy` makes senders that still wait ask again.
   */
  #stale(): boolean {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs - this.#heartbeatAtMs > limits.acceptMs) this.#staleUntilMs = nowMs + STALE_MS;
    return nowMs < this.#staleUntilMs;
  }

  #heartbeat(): void {
    const { clock, limits } = this.#options;
    this.#stale();
    const nowMs = clock.monotonic();
    // Controls that arrived while the event loop was blocked are still unread.
    const isLate = nowMs - this.#heartbeatAtMs > 2 * limits.heartbeatMs;
    this.#heartbeatAtMs = nowMs;
    for (const task of this.#tasks()) {
      if (isLate) task.resetControl();
      task.heartbeat();
    }
  }

  /** Unacknowledged frames may have to be sent again, as long as the bus is connected. */
  async #settled(): Promise<void> {
    const { bus, clock, limits } = this.#options;
    if (!bus.connected()) return;
    const settled = Promise.all(this.#tasks().map((task) => task.settled));
    await endsWithin(clock, limits.heartbeatTimeoutMs, settled);
  }
}

/** Time to read what has arrived during a standstill; shorter than `busyRetryMs`. */
const STALE_MS = 100;

const NOT_YET: Subscription = { stop: () => Promise.resolve() };

/** One task per attempt and stage: a message delivered twice is worked on once. */
function taskKey({
  id,
  attempt,
  position,
}: {
  id: string;
  attempt: number;
  position: number;
}): string {
  return `${id}/${attempt}/${position}`;
}
