// One message in one worker, from acceptance to the last acknowledgement: calls the stage, applies its
// edits, forwards the message or sends the response, and turns any failure into one error frame.

import type { Bus } from '../bus/bus.ts';
import type { Body } from '../protocol/body.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ReceivedControl, RequestMessage, StageName } from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import { versionMismatch } from '../protocol/skew.ts';
import { forward } from './dispatch.ts';
import { FrameWriter, type Paid } from './frames/writer.ts';
import { TaskPermits } from './call-permits.ts';
import type { Edit } from '../json/edit.ts';
import type { Limits, PipelineLimits } from '../limits.ts';
import { forEachItem } from '../runtime/polled.ts';
import { TimeSlice } from '../runtime/time-slice.ts';
import type { Outcome, Stage, TaskContext } from '../protocol/stage.ts';

type Response = Extract<Outcome, { kind: 'respond' }>;

/** Abort reason that is never reported; shared because creating one costs a stack trace. */
const ABANDONED = new LlmpError('client_disconnected');

export interface StageTaskOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: PipelineLimits & Limits['eventLoop'];
  readonly stageName: StageName;
  readonly stage: Stage<TaskContext>;
  readonly message: RequestMessage;
  /** The worker's inbox. */
  readonly from: string;
  /** Resolves when the stage may be called. */
  readonly replied?: Promise<void> | undefined;
  readonly onError: (error: unknown, requestId?: string) => void;
}

export class StageTask {
  readonly #options: StageTaskOptions;
  readonly #writer: FrameWriter;
  readonly #permits: TaskPermits;
  readonly #abort = new AbortController();
  readonly #settle = Promise.withResolvers<void>();
  readonly #startedMs: number;
  #working = true;
  #finishedMs = -Infinity;
  #lastControlMs: number;
  #cancelled = false;
  /** What a response costs so far, once it has begun. */
  #response: Response | undefined;
  /** Resolves when the stage has finished or failed. */
  readonly done: Promise<void>;

  constructor(options: StageTaskOptions) {
    this.#options = options;
    const { bus, clock, limits, stageName, message, from } = options;
    this.#startedMs = this.#lastControlMs = clock.monotonic();
    this.#writer = new FrameWriter({
      meta: message.meta,
      from,
      creditBytes: limits.creditBytes,
      post: (frame, flush) => bus.postFrame(message.meta.replyTo, stageName, frame, flush),
    });
    this.#permits = new TaskPermits({
      clock,
      limits,
      signal: this.#abort.signal,
      untilMs: this.#startedMs + message.meta.deadlineMs,
      ask: (question) => this.#writer.ask(question),
    });
    this.#writer.accepted();
    this.done = this.#work();
  }

  /** Whether the stage still works; waiting for acknowledgements does not count. */
  get working(): boolean {
    return this.#working;
  }

  /** Resolves when every frame is acknowledged or dropped. */
  get settled(): Promise<void> {
    return this.#settle.promise;
  }

  /** Tells the ingress that the message is in work; drops it when the ingress has long been silent. */
  heartbeat(): void {
    const { bus, clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    // The ingress may be gone, so unacknowledged frames are kept for a limited time.
    if (!this.#working && nowMs - this.#finishedMs >= limits.lingerMs) return this.#close();
    if (!bus.connected()) this.#lastControlMs = nowMs;
    if (this.#leftMs(nowMs) <= 0) this.stop(new LlmpError('deadline_exceeded'));
    if (nowMs - this.#lastControlMs > limits.ingressTimeoutMs) return this.#drop(ABANDONED);
    // The acknowledgement of the last frames takes a while, and ends the need for heartbeats.
    if (nowMs - this.#finishedMs < limits.heartbeatMs) return;
    this.#writer.heartbeat();
    if (bus.connected()) this.#permits.repeat();
  }

  /** Counts the silence of the ingress from now on: until now nothing could be received. */
  resetControl(): void {
    this.#lastControlMs = this.#options.clock.monotonic();
  }

  control({ meta }: ReceivedControl): void {
    this.#lastControlMs = this.#options.clock.monotonic();
    if (meta.kind === 'unreadable') return this.stop(versionMismatch(meta.sender, meta.reason));
    if (meta.kind === 'permit') return this.#permits.receive(meta);
    this.#writer.control(meta);
    if (meta.kind === 'cancel') this.#drop(ABANDONED);
    this.#checkSettled();
  }

  /** Ends the work now and reports `reason` to the ingress. */
  stop(reason: LlmpError): void {
    if (this.#working) this.#abort.abort(reason);
  }

  async #work(): Promise<void> {
    const { message, clock, replied, onError } = this.#options;
    const { signal } = this.#abort;
    try {
      if (replied) await replied;
      await this.#apply(await this.#callStage());
    } catch (thrown) {
      const error = signal.aborted ? LlmpError.from(signal.reason) : LlmpError.from(thrown);
      message.body.dropParsed();
      if (!this.#cancelled && error.code === 'internal') onError(thrown, message.meta.id);
      this.#writer.error(error, this.#paid());
    } finally {
      this.#working = false;
      this.#finishedMs = clock.monotonic();
      this.#abort.abort(ABANDONED);
      this.#checkSettled();
    }
  }

  async #callStage(): Promise<Outcome> {
    const { message, stage } = this.#options;
    const { signal } = this.#abort;
    try {
      return await stage(message, {
        signal,
        sendVault: (vault) => this.#writer.report('vault', vault),
        sendRetrieval: (report) => this.#writer.report('retrieval', report),
        confirm: () => this.#permits.confirm(),
        calls: this.#permits,
      });
    } catch (thrown) {
      if (thrown instanceof LlmpError || signal.aborted) throw thrown;
      this.#options.onError(thrown, message.meta.id);
      throw new LlmpError('stage_failed', undefined, { cause: thrown });
    }
  }

  async #apply(outcome: Outcome): Promise<void> {
    const { message } = this.#options;
    switch (outcome.kind) {
      case 'refuse':
        message.body.dropParsed();
        return this.#writer.error(outcome.error, this.#paid());
      case 'pass': {
        const body = outcome.body ?? (await this.#edited(outcome.edits ?? []));
        if (body !== message.body) message.body.dropParsed();
        const position = message.meta.position + 1;
        const deadlineMs = Math.max(1, this.#leftMs(this.#options.clock.monotonic()));
        const meta = { ...message.meta, ...outcome.envelope, position, deadlineMs };
        await forward(this.#options, { meta, body }, this.#abort.signal);
        return this.#writer.pass(this.#tookMs(), body.size, outcome.annotations);
      }
      case 'respond':
        message.body.dropParsed();
        this.#writer.head(outcome.head, message.meta.stream);
        this.#response = outcome;
        await forEachItem(outcome.body, (chunk) => this.#send(chunk));
        return this.#writer.end(this.#tookMs(), this.#paid());
    }
  }

  #send(chunk: Uint8Array): Promise<void> | void {
    const { signal } = this.#abort;
    const credit = this.#writer.chunk(chunk);
    if (credit) return credit.then(() => signal.throwIfAborted());
    if (signal.aborted) signal.throwIfAborted();
  }

  #paid(): Paid {
    const { annotations, usage } = this.#response ?? {};
    return {
      ...(annotations ? { annotations: annotations() } : {}),
      ...(usage ? { usage: usage() } : {}),
      unknownCalls: this.#permits.unknownCalls,
    };
  }

  /** What is left of the request's time. */
  #leftMs(nowMs: number): number {
    return this.#startedMs + this.#options.message.meta.deadlineMs - nowMs;
  }

  /** An unchanged body is passed on without being read. */
  async #edited(edits: readonly Edit[]): Promise<Body> {
    const { body } = this.#options.message;
    if (edits.length === 0) return body;
    const { clock, limits } = this.#options;
    const { signal } = this.#abort;
    const timeSlice = new TimeSlice(clock, limits.timeSliceMs, signal);
    return await timeSlice.run((await body.read(signal)).editSteps(edits));
  }

  #tookMs(): number {
    return Math.round((this.#options.clock.monotonic() - this.#startedMs) * 100) / 100;
  }

  #checkSettled(): void {
    if (!this.#working && this.#writer.settled) this.#settle.resolve();
  }

  /** Stops the work and drops its frames: nobody waits for them. */
  #drop(reason: LlmpError): void {
    this.#cancelled = true;
    this.#writer.close();
    this.#abort.abort(reason);
    this.#checkSettled();
  }

  #close(): void {
    this.#writer.close();
    this.#settle.resolve();
  }
}
