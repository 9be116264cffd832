// Runs stages: takes letters off the bus, calls the stage, walks its outcome on to the next room or
// home to the ingress. Only here is it known that there is a next room; stages see neither bus nor
// frames. Every letter held beats, so the ingress can tell a slow room from a dead one.

import type { Bus, Mailbox, Served } from '../bus/bus.ts';
import { endsWithin, type Clock } from '../runtime/clock.ts';
import { roomOf, type Control, type Letter, type Room } from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { LetterRun } from './task.ts';
import type { Stage } from '../protocol/stage.ts';

export interface RunnerOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly stages: Partial<Record<Room, Stage>>;
  /** Told of every failure that is the gateway's own fault, with the request it belongs to. */
  readonly fault: (error: unknown, requestId?: string) => void;
}

interface HostedRoom {
  readonly room: Room;
  readonly stage: Stage;
  readonly runs: Map<string, LetterRun>;
  /** Runs whose stage is at work; the others only wait for acknowledgements. */
  working: number;
  mailbox: Mailbox;
  served: Served;
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #hosted: HostedRoom[] = [];
  readonly #stopBeats: () => void;
  #beatAtMs: number;
  #staleUntilMs = -Infinity;

  private constructor(options: RunnerOptions) {
    this.#options = options;
    this.#beatAtMs = options.clock.monotonic();
    this.#stopBeats = options.clock.every(options.limits.beatMs, () => this.#beat());
  }

  /** Hosts every stage given; letters are taken from the moment this resolves. */
  static async start(options: RunnerOptions): Promise<Runner> {
    const runner = new Runner(options);
    try {
      for (const [room, stage] of Object.entries(options.stages)) {
        await runner.#host(room as Room, stage);
      }
    } catch (error) {
      runner.#stopBeats();
      throw error;
    }
    return runner;
  }

  /** Letters in work, over all rooms. */
  get inFlight(): number {
    return this.#hosted.reduce((sum, { working }) => sum + working, 0);
  }

  /**
   * Takes no more letters, lets those in work finish until `signal` aborts, then ends the rest with
   * `draining` and waits briefly for their last acknowledgements.
   */
  async drain(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#hosted.map(({ served }) => served.stop()));
    const finished = Promise.all(this.#runs().map((run) => run.done));
    const late = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([finished, late]);
    for (const run of this.#runs()) run.stop(new LlmpError('draining'));
    await this.#settled();
    this.#stopBeats();
    await Promise.all(this.#hosted.map(({ mailbox }) => mailbox.close()));
  }

  async #host(room: Room, stage: Stage): Promise<void> {
    const { bus } = this.#options;
    const runs = new Map<string, LetterRun>();
    const mailbox = await bus.open(room, (parcel, sender) => {
      const { meta } = parcel as Control;
      // Only the ingress that owns a request steers it; anything else is a forgery or a fault.
      if (sender !== 'ingress') return;
      runs.get(runKey(meta))?.control(parcel as Control);
      // Until then a later room may still pull a body that is held here.
      if (meta.kind === 'cancel') bus.release(meta.id);
    });
    const hosted: HostedRoom = { room, stage, runs, working: 0, mailbox, served: NOT_YET };
    hosted.served = await bus.serve(room, (letter) => this.#take(hosted, letter));
    this.#hosted.push(hosted);
  }

  #take(hosted: HostedRoom, letter: Letter): 'taken' | 'busy' {
    const { room, stage, runs, mailbox } = hosted;
    const { bus, clock, limits, fault } = this.#options;
    if (roomOf(letter.meta) !== room) throw new RangeError('a letter for another room');
    const key = runKey(letter.meta);
    if (runs.has(key)) return 'taken';
    if (hosted.working >= limits.inFlightMax[room] || this.#stale()) return 'busy';
    const from = mailbox.address;
    const run = new LetterRun({ bus, clock, limits, room, stage, letter, from, fault });
    runs.set(key, run);
    hosted.working += 1;
    void run.done.then(() => (hosted.working -= 1));
    void run.settled.then(() => runs.delete(key));
    return 'taken';
  }

  #runs(): LetterRun[] {
    return this.#hosted.flatMap(({ runs }) => [...runs.values()]);
  }

  /**
   * After a standstill of this process (paused, starved) letters wait whose senders have given them
   * to others. `busy` is for the living among them, who ask again; nobody hears it for the dead.
   */
  #stale(): boolean {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    if (nowMs - this.#beatAtMs > limits.takeMs) this.#staleUntilMs = nowMs + STALE_MS;
    return nowMs < this.#staleUntilMs;
  }

  #beat(): void {
    this.#stale();
    this.#beatAtMs = this.#options.clock.monotonic();
    for (const run of this.#runs()) run.beat();
  }

  /** Frames not yet acknowledged may still have to be sent again, while there is a way. */
  async #settled(): Promise<void> {
    const { bus, clock, limits } = this.#options;
    if (!bus.connected()) return;
    const settled = Promise.all(this.#runs().map((run) => run.settled));
    await endsWithin(clock, limits.silenceMs, settled);
  }
}

/** Time to read what has piled up in a socket during a standstill; shorter than `busyRetryMs`. */
const STALE_MS = 100;

const NOT_YET: Served = { stop: () => Promise.resolve() };

/** One run per try and room: the same letter delivered twice is worked on once. */
function runKey({ id, attempt, hop }: { id: string; attempt: number; hop: number }): string {
  return `${id}/${attempt}/${hop}`;
}
