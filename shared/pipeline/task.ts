// One message in one worker, from taken to last acknowledgement: calls the stage, splices its edits,
// forwards or answers, and turns whatever goes wrong into one error frame.

import type { Bus } from '../bus/bus.ts';
import { HeldBody, type Body } from '../protocol/body.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Control, RequestMessage, StageName } from '../protocol/messages.ts';
import { LlmpError } from '../errors.ts';
import { forward } from './dispatch.ts';
import { FrameWriter } from './frames/writer.ts';
import type { Edit } from '../json/edit.ts';
import type { Limits } from '../limits.ts';
import { editBody } from '../anthropic/parsed-request.ts';
import type { Outcome, Stage } from '../protocol/stage.ts';

/** Reason of aborts nobody asks the reason of; making one each time would cost a stack trace. */
const OVER = new LlmpError('client_disconnected');

export interface StageTaskOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly stageName: StageName;
  readonly stage: Stage;
  readonly message: RequestMessage;
  /** The worker's inbox. */
  readonly from: string;
  readonly onError: (error: unknown, requestId?: string) => void;
}

export class StageTask {
  readonly #options: StageTaskOptions;
  readonly #writer: FrameWriter;
  readonly #abort = new AbortController();
  readonly #settle = Promise.withResolvers<void>();
  readonly #startedMs: number;
  #working = true;
  #heardMs: number;
  #cancelled = false;
  /** Resolves when the stage's work is over, whatever became of it. */
  readonly done: Promise<void>;

  constructor(options: StageTaskOptions) {
    this.#options = options;
    const { bus, clock, limits, stageName, message, from } = options;
    this.#startedMs = this.#heardMs = clock.monotonic();
    this.#writer = new FrameWriter({
      meta: message.meta,
      from,
      creditBytes: limits.creditBytes,
      post: (frame, flush) => bus.post(message.meta.replyTo, stageName, frame, flush),
    });
    this.#writer.accepted();
    this.done = this.#work();
  }

  /** Whether the message still occupies the worker; waiting for acknowledgements does not. */
  get working(): boolean {
    return this.#working;
  }

  /** Resolves when nothing of the message is left here. */
  get settled(): Promise<void> {
    return this.#settle.promise;
  }

  /** Says home that the message is in hand; a home that never answers is gone, and its client too. */
  heartbeat(): void {
    const { bus, clock, limits } = this.#options;
    const nowMs = clock.monotonic();
    if (!bus.connected()) this.#heardMs = nowMs;
    if (nowMs - this.#heardMs > limits.ingressTimeoutMs) this.#drop(OVER);
    else this.#writer.heartbeat();
  }

  control(control: Control): void {
    this.#heardMs = this.#options.clock.monotonic();
    this.#writer.control(control);
    if (control.meta.kind === 'cancel') this.#drop(OVER);
    this.#checkSettled();
  }

  /** Ends the work now; the ingress is told `reason`. */
  stop(reason: LlmpError): void {
    if (this.#working) this.#abort.abort(reason);
  }

  async #work(): Promise<void> {
    const { message, clock, limits, onError } = this.#options;
    const { signal } = this.#abort;
    try {
      await this.#current(await this.#callStage());
    } catch (thrown) {
      const error = signal.aborted ? LlmpError.from(signal.reason) : LlmpError.from(thrown);
      if (!this.#cancelled && error.code === 'internal') onError(thrown, message.meta.id);
      this.#writer.error(error);
    } finally {
      this.#working = false;
      this.#abort.abort(OVER);
      // The client may be gone with its ingress: unacknowledged frames do not wait for ever.
      const cancelTimer = clock.after(limits.lingerMs, () => this.#close());
      void this.settled.then(cancelTimer);
      this.#checkSettled();
    }
  }

  async #callStage(): Promise<Outcome> {
    const { message, stage } = this.#options;
    const { signal } = this.#abort;
    try {
      return await stage(message, { signal, sendToIngress: (fact) => this.#writer.vault(fact) });
    } catch (thrown) {
      if (thrown instanceof LlmpError || signal.aborted) throw thrown;
      this.#options.onError(thrown, message.meta.id);
      throw new LlmpError('stage_failed', undefined, { cause: thrown });
    }
  }

  async #current(outcome: Outcome): Promise<void> {
    const { message } = this.#options;
    switch (outcome.kind) {
      case 'refuse':
        return this.#writer.error(outcome.error);
      case 'pass': {
        const body = await this.#edited(outcome.edits ?? []);
        const meta = { ...message.meta, position: message.meta.position + 1 };
        await forward(this.#options, { meta, body }, this.#abort.signal);
        return this.#writer.pass(this.#tookMs(), outcome.annotations);
      }
      case 'answer':
        this.#writer.head(outcome.head, message.meta.stream);
        for await (const chunk of outcome.body) {
          await this.#writer.chunk(chunk);
          this.#abort.signal.throwIfAborted();
        }
        return this.#writer.end(this.#tookMs(), outcome.annotations?.() ?? {}, outcome.usage?.());
    }
  }

  /** An unchanged body is passed on as it came, byte for byte, without being read. */
  async #edited(edits: readonly Edit[]): Promise<Body> {
    const { body } = this.#options.message;
    if (edits.length === 0) return body;
    const bytes = await body.read(this.#abort.signal);
    return new HeldBody(editBody(bytes, edits));
  }

  #tookMs(): number {
    return Math.round((this.#options.clock.monotonic() - this.#startedMs) * 100) / 100;
  }

  #checkSettled(): void {
    if (!this.#working && this.#writer.settled) this.#settle.resolve();
  }

  /** Nobody wants the answer: stop the work and forget its frames. */
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
