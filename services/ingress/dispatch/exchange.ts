// One request from the moment it enters the workers until its answer is with the client: sends it in,
// watches over it, sends it in again when a worker is lost and nothing was said yet, and gives up
// with one clear error. Streams are handed over piece by piece, other replies only when whole.

import type { Bus } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type {
  Frame,
  RequestMessage,
  Envelope,
  StageName,
} from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import { forward } from '../../../shared/pipeline/dispatch.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { TokenUsage } from '../../../shared/metering/token-usage.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import type { Head } from '../../../shared/protocol/stage.ts';
import { isEventStream } from '../../../shared/runtime/raw-headers.ts';
import { decodeRetrievalReport, type RetrievalReport } from '../../../shared/retrieval/report.ts';
import { decodeVault, EMPTY_VAULT, type Vault } from '../../../shared/privacy/vault.ts';
import { ChunkQueue, type Chunk } from '../response/chunk-queue.ts';
import { Attempt } from './attempt.ts';

export type Reply =
  | { readonly kind: 'whole'; readonly head: Head; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly head: Head; readonly chunks: AsyncIterable<Chunk> };

/** What the workers told of a request, and its answer is made of: see the two modules. */
export type StageReports = Vault & { readonly retrievalReport?: RetrievalReport | undefined };

export interface ExchangeOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly events: Events;
  readonly message: RequestMessage;
}

/** Reason of aborts nobody asks the reason of; making one each time would cost a stack trace. */
const OVER = new LlmpError('client_disconnected');

/** A worker lost or leaving says nothing about the request: another worker may do it. */
const WORTH_ANOTHER_TRY = new Set(['worker_lost', 'draining']);

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #abort = new AbortController();
  readonly #reply = Promise.withResolvers<Reply>();
  readonly #startedMs: number;
  #current: Attempt;
  #head: Head | undefined;
  #whole: Uint8Array[] = [];
  #readAllBytes = 0;
  #chunks: ChunkQueue | undefined;
  #vault = EMPTY_VAULT;
  #retrievalReport: RetrievalReport | undefined;
  /** Of what is being told; one worker speaks after the other. */
  #told: Uint8Array[] = [];
  #over = false;
  #answerBytes = 0;
  /** Tries that came as far as the upstream worker. */
  #costly = 0;
  #annotations: Annotations = {};
  #usage: TokenUsage | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#current = this.#begin(options.message.meta);
  }

  get id(): string {
    return this.#options.message.meta.id;
  }

  get attempts(): number {
    return this.#current.attempt;
  }

  get stages(): Readonly<Record<string, number>> {
    return this.#current.stages;
  }

  /** Status of an answer that has begun, and bytes of its body up to now; undefined before. */
  get answered(): { readonly status: number; readonly bytes: number } | undefined {
    return this.#head && { status: this.#head.status, bytes: this.#answerBytes };
  }

  /** What the answer's placeholders stand for; complete as soon as there is an answer. */
  get vault(): Vault {
    return this.#vault;
  }

  /** The vault with what the rag worker told; complete as soon as there is an answer. */
  get stageReports(): StageReports {
    return this.#retrievalReport
      ? { ...this.#vault, retrievalReport: this.#retrievalReport }
      : this.#vault;
  }

  /** The answer; rejects with the LlmpError that ended the request instead. */
  get reply(): Promise<Reply> {
    return this.#reply.promise;
  }

  /** What the workers have noted up to now. */
  get annotations(): Annotations {
    return this.#annotations;
  }

  /** Usage of a response that was relayed, or withheld and has to be paid. */
  get usage(): TokenUsage | undefined {
    return this.#usage;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The client is gone, or the exchange is not wanted any more. */
  cancel(reason: LlmpError): void {
    this.#fail(reason);
  }

  /** False when the frame is of a try that was given up, whose sender should stop. */
  receive(frame: Frame, sender: string): boolean {
    if (this.#over || frame.meta.attempt !== this.#current.attempt) return false;
    this.#current.receive(frame, sender);
    return true;
  }

  /** Nothing could be heard until now, so silence proves nothing. */
  resetHeartbeat(nowMs: number): void {
    this.#current.resetHeartbeat(nowMs);
  }

  /** Called every heartbeat: notices workers that fell silent and deadlines that passed. */
  tick(nowMs: number): void {
    const { bus, limits } = this.#options;
    if (this.#over) return;
    if (!bus.connected()) this.#current.resetHeartbeat(nowMs);
    if (nowMs - this.#startedMs > limits.requestMs) this.#fail(new LlmpError('deadline_exceeded'));
    else if (this.#current.silentForMs(nowMs) > limits.heartbeatTimeoutMs) {
      this.#tryAgain(new LlmpError('worker_lost'));
    } else if (
      this.#current.stageName !== 'upstream' &&
      this.#current.waitedMs(nowMs) > limits.stageMs
    ) {
      this.#fail(new LlmpError('stage_timeout'));
    }
  }

  #begin(meta: Envelope): Attempt {
    const { bus, clock, limits, message } = this.#options;
    const current = new Attempt({
      meta,
      clock,
      ackBytes: limits.ackBytes,
      tell: (address, control, flush) => bus.post(address, 'ingress', control, flush),
      note: (annotations) => {
        if (current === this.#current) this.#note(annotations);
      },
      answer: (frame, consumed) => {
        if (current === this.#current && !this.#over) this.#answer(frame, consumed);
      },
    });
    forward({ bus, clock, limits }, { meta, body: message.body }, this.#abort.signal).catch(
      (error: unknown) => {
        if (current === this.#current) this.#tryAgain(LlmpError.from(error));
      },
    );
    return current;
  }

  #answer(frame: Frame, consumed: () => void): void {
    const { meta, bytes = new Uint8Array() } = frame;
    switch (meta.kind) {
      case 'vault':
        consumed();
        return this.#keep(this.#options.message.meta.routingSlip[meta.position], bytes, meta.more);
      case 'head':
        this.#head = { status: meta.status, headers: meta.headers };
        if (isEventStream(meta.headers)) this.#openStream(this.#head);
        return consumed();
      case 'chunk':
        this.#answerBytes += bytes.byteLength;
        if (this.#chunks) return this.#chunks.push({ bytes, more: meta.more }, consumed);
        this.#collect(bytes);
        return consumed();
      case 'end':
        this.#note(meta.annotations);
        this.#usage = meta.usage;
        this.#current.stages.upstream = meta.tookMs;
        consumed();
        return this.#finish();
      case 'error':
        consumed();
        this.#note(meta.annotations);
        this.#usage = meta.usage;
        return this.#tryAgain(new LlmpError(meta.code, meta.message, meta));
      case 'accepted':
      case 'pass':
      case 'heartbeat':
        return consumed();
    }
  }

  /** Workers tell apart what they note by its names. */
  #note(annotations: Annotations | undefined): void {
    if (annotations) this.#annotations = { ...this.#annotations, ...annotations };
  }

  /** Without what a worker told an answer could not be restored, so the request fails. */
  #keep(stageName: StageName | undefined, chunk: Uint8Array, more: boolean): void {
    this.#told.push(chunk);
    if (more) return;
    const told = Buffer.concat(this.#told.splice(0));
    try {
      if (stageName === 'rag') this.#retrievalReport = decodeRetrievalReport(told);
      else this.#vault = decodeVault(told);
    } catch (thrown) {
      this.#fail(LlmpError.from(thrown));
    }
  }

  #openStream(head: Head): void {
    this.#chunks = new ChunkQueue();
    this.#reply.resolve({ kind: 'stream', head, chunks: this.#chunks });
  }

  #collect(bytes: Uint8Array): void {
    this.#readAllBytes += bytes.byteLength;
    if (this.#readAllBytes > this.#options.limits.responseBytesMax) {
      return this.#fail(
        new LlmpError('upstream_disconnected', 'The answer is larger than allowed.'),
      );
    }
    this.#whole.push(bytes);
  }

  #finish(): void {
    if (this.#chunks) this.#chunks.end();
    else if (this.#head) {
      const bytes = Buffer.concat(this.#whole);
      this.#reply.resolve({ kind: 'whole', head: this.#head, bytes });
    } else return this.#fail(new LlmpError('internal'));
    this.#close();
  }

  /** Nothing was said to the client as long as the reply is not settled. */
  #tryAgain(error: LlmpError): void {
    if (this.#over) return;
    const { limits, events, message } = this.#options;
    const attempt = this.#current.attempt + 1;
    const spoken = this.#chunks !== undefined;
    if (this.#current.stageName === 'upstream') this.#costly += 1;
    const spent = this.#costly >= limits.upstreamAttemptsMax || attempt > limits.dispatchesMax;
    if (spoken || spent || !WORTH_ANOTHER_TRY.has(error.code)) {
      return this.#fail(error);
    }
    events.requestRedispatched({ requestId: this.id, attempt, errorCode: error.code });
    this.#current.cancel();
    this.#head = undefined;
    this.#annotations = {};
    this.#usage = undefined;
    this.#answerBytes = 0;
    this.#whole = [];
    this.#readAllBytes = 0;
    this.#vault = EMPTY_VAULT;
    this.#retrievalReport = undefined;
    this.#told = [];
    this.#current = this.#begin({ ...message.meta, attempt });
  }

  #fail(error: LlmpError): void {
    if (this.#over) return;
    this.#current.cancel();
    if (this.#chunks) this.#chunks.fail(error);
    else {
      this.#reply.reject(error);
      // A client that left does not ask for its reply.
      this.#reply.promise.catch(() => {});
    }
    this.#close();
  }

  #close(): void {
    const { bus, limits, message } = this.#options;
    this.#over = true;
    this.#abort.abort(OVER);
    if (message.body.size > limits.inlineBytesMax) {
      this.#current.cancel();
      bus.release(this.id);
    }
  }
}
