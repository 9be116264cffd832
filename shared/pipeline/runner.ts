// Runs stages: takes messages off the bus, calls the stage, walks its outcome on to the next worker or
// home to the ingress. Only here is it known that there is a next worker; stages see neither bus nor
// frames. Every message held heartbeats, so the ingress can tell a slow worker from a dead one.

import type { Bus, Inbox, Subscription } from '../bus/bus.ts';
import { endsWithin, type Clock } from '../runtime/clock.ts';
import {
  stageNameOf,
  type Control,
  type RequestMessage,
  type StageName,
} from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { StageTask } from './task.ts';
import type { Stage } from '../protocol/stage.ts';

export interface RunnerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly stages: Partial<Record<StageName, Stage>>;
  /** Told of every failure that is the gateway's own fault, with the request it belongs to. */
  readonly onError: (error: unknown, requestId?: string) => void;
}

interface HostedStage {
  readonly stageName: StageName;
  readonly stage: Stage;
  readonly runs: Map<string, StageTask>;
  /** Runs whose stage is at work; the others only wait for acknowledgements. */
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

  /** Hosts every stage given; messages are taken from the moment this resolves. */
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

  /** Messages in work, over all workers. */
  get inFlight(): number {
    return this.#hosted.reduce((sum, { working }) => sum + working, 0);
  }

  /**
   * Takes no more messages, lets those in work finish until `signal` aborts, then ends the rest with
   * `draining` and waits briefly for their last acknowledgements.
   */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#hosted.map(({ subscription }) => subscription.stop()));
    const finished = Promise.all(this.#runs().map((run) => run.done));
    const late = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([finished, late]);
    for (const run of this.#runs()) run.stop(new LlmpError('draining'));
    await this.#settled();
    this.#stopHeartbeats();
    await Promise.all(this.#hosted.map(({ inbox }) => inbox.close()));
  }

  async #host(stageName: StageName, stage: Stage): Promise<void> {
    const { bus } = this.#options;
    const runs = new Map<string, StageTask>();
    const inbox = await bus.open(stageName, (item, sender) => {
      const { meta } = item as Control;
      // Only the ingress that owns a request steers it; anything else is a forgery or a fault.
      if (sender !== 'ingress') return;
      runs.get(runKey(meta))?.control(item as Control);
      // Until then a later worker may still pull a body that is held here.
      if (meta.kind === 'cancel') bus.release(meta.id);
    });
    const hosted: HostedStage = {
      stageName,
      stage,
      runs,
      working: 0,
      inbox,
      subscription: NOT_YET,
    };
    hosted.subscription = await bus.serve(stageName, (message) => this.#take(hosted, message));
    this.#hosted.push(hosted);
  }

  #take(hosted: HostedStage, message: RequestMessage): 'accepted' | 'busy' {
    const { stageName, stage, runs, inbox } = hosted;
    const { bus, clock, limits, onError } = this.#options;
    if (stageNameOf(message.meta) !== stageName) throw new RangeError('a letter for another room');
    const key = runKey(message.meta);
    if (runs.has(key)) return 'accepted';
    if (hosted.working >= limits.inFlightMax[stageName] || this.#stale()) return 'busy';
    const from = inbox.address;
    const run = new StageTask({ bus, clock, limits, stageName, stage, message, from, onError });
    runs.set(key, run);
    hosted.working += 1;
    void run.done.then(() => (hosted.working -= 1));
    void run.settled.then(() => runs.delete(key));
    return 'accepted';
  }

  #runs(): StageTask[] {
    return this.#hosted.flatMap(({ runs }) => [...runs.values()]);
  }

  /**
   * After a standstill of this process (paused, starved) messages wait whose senders have given them
   * to others. `busy` is for the living among them, who ask again; nobody hears it for the dead.
   */
  #stale(): boolean {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs - this.#heartbeatAtMs > limits.acceptMs) this.#staleUntilMs = nowMs + STALE_MS;
    return nowMs < this.#staleUntilMs;
  }

  #heartbeat(): void {
    this.#stale();
    this.#heartbeatAtMs = this.#options.clock.monotonic();
    for (const run of this.#runs()) run.heartbeat();
  }

  /** Frames not yet acknowledged may still have to be sent again, while there is a way. */
  async #settled(): Promise<void> {
    const { bus, clock, limits } = this.#options;
    if (!bus.connected()) return;
    const settled = Promise.all(this.#runs().map((run) => run.settled));
    await endsWithin(clock, limits.heartbeatTimeoutMs, settled);
  }
}

/** Time to read what has piled up in a socket during a standstill; shorter than `busyRetryMs`. */
const STALE_MS = 100;

const NOT_YET: Subscription = { stop: () => Promise.resolve() };

/** One run per try and worker: the same message delivered twice is worked on once. */
function runKey({
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
