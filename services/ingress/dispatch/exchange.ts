// One request from its dispatch to the end of its response. Supervises the workers, dispatches the request
// again when one is lost before the response begins, and otherwise fails with one error.

import type { Bus } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Envelope, Frame, RequestMessage } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import { forward } from '../../../shared/pipeline/dispatch.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { TokenUsage } from '../../../shared/token-usage.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import type { Head } from '../../../shared/protocol/stage.ts';
import { concatBytes } from '../../../shared/runtime/bytes.ts';
import { isEventStream } from '../../../shared/runtime/raw-headers.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';
import { ChunkQueue, type Chunk } from './chunk-queue.ts';
import { Attempt, blockedByOf } from './attempt.ts';
import { LostWorkers } from './lost-workers.ts';
import type { Quarantine } from './quarantine.ts';
import { originOf, type ResponseOrigin } from './response-origin.ts';
import { ReportCollector, type ReportMeta, type StageReports } from './stage-reports.ts';

export type WorkerResponse =
  | { readonly kind: 'buffered'; readonly head: Head; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly head: Head; readonly chunks: AsyncIterable<Chunk> };

export interface ExchangeOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: PipelineLimits;
  readonly events: Events;
  readonly message: RequestMessage;
  readonly quarantine: Quarantine;
}

/** Abort reason that is never reported; shared because creating one costs a stack trace. */
const ABANDONED = new LlmpError('client_disconnected');

/** Errors of a worker rather than of the request: another worker may succeed. */
const RETRIED = new Set(['worker_lost', 'draining']);

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #abort = new AbortController();
  readonly #response = Promise.withResolvers<WorkerResponse>();
  readonly #startedMs: number;
  #current: Attempt;
  #head: Head | undefined;
  #buffered: Uint8Array[] = [];
  #bufferedBytes = 0;
  #chunks: ChunkQueue | undefined;
  #reports = new ReportCollector();
  #isOver = false;
  #responseBytes = 0;
  readonly #lost: LostWorkers;
  /** Number of attempts that reached the upstream worker and may have used tokens. */
  #upstreamAttempts = 0;
  #annotations: Annotations = {};
  #usage: TokenUsage | undefined;
  /** Size of the largest body that workers of this attempt may hold. */
  #bodySizeMax: number;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#lost = new LostWorkers(options);
    this.#bodySizeMax = options.message.body.size;
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

  /** Status of a response that has begun, and bytes of its body so far. */
  get responseSoFar(): { readonly status: number; readonly bytes: number } | undefined {
    return this.#head && { status: this.#head.status, bytes: this.#responseBytes };
  }

  /** What the response's placeholders stand for; complete before the response begins. */
  get vault(): Vault {
    return this.#reports.vault;
  }

  /** Complete before the response begins. */
  get stageReports(): StageReports {
    return this.#reports.reports;
  }

  /** The response; rejects with the LlmpError that ended the request instead. */
  get response(): Promise<WorkerResponse> {
    return this.#response.promise;
  }

  /** Annotations of the workers so far. */
  get annotations(): Annotations {
    return this.#annotations;
  }

  /** Of a response that was relayed, or withheld and has to be paid. */
  get usage(): TokenUsage | undefined {
    return this.#usage;
  }

  get origin(): ResponseOrigin {
    return originOf(this.#options.message.meta, this.#head, this.#annotations);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Cancels the request in every worker. */
  cancel(reason: LlmpError): void {
    this.#fail(reason);
  }

  /** False for a frame of an abandoned attempt, whose sender should stop. */
  receive(frame: Frame, sender: string): boolean {
    if (!blockedByOf(frame.meta)) this.#lost.heardFrom(frame.meta);
    if (this.#isOver || frame.meta.attempt !== this.#current.attempt) return false;
    this.#current.receive(frame, sender);
    return true;
  }

  /** Call when no heartbeat could be received until now, so that silence proves nothing. */
  resetHeartbeat(nowMs: number): void {
    this.#current.resetHeartbeat(nowMs);
  }

  /** Call every heartbeat: detects silent workers and passed deadlines. */
  tick(nowMs: number): void {
    const { bus, limits } = this.#options;
    if (this.#isOver) return;
    const current = this.#current;
    if (!bus.connected()) current.resetHeartbeat(nowMs);
    const isSlow = current.stageName !== 'upstream' && current.waitedMs(nowMs) > limits.stageMs;
    if (nowMs - this.#startedMs > limits.requestMs) this.#fail(new LlmpError('deadline_exceeded'));
    else if (current.silentForMs(nowMs) > limits.heartbeatTimeoutMs) {
      this.#retry(this.#lost.add(current));
    } else if (current.blockedBy) this.#retry(this.#lost.addHanging(current, current.blockedBy));
    else if (isSlow) this.#fail(new LlmpError('stage_timeout'));
  }

  #begin(meta: Envelope): Attempt {
    const { bus, clock, limits, message } = this.#options;
    const current = new Attempt({
      meta,
      clock,
      ackBytes: limits.ackBytes,
      postControl: (address, control, flush) => bus.postControl(address, control, flush),
      passed: ({ annotations, bodySize }) => {
        if (current !== this.#current) return;
        this.#addAnnotations(annotations);
        this.#bodySizeMax = Math.max(this.#bodySizeMax, bodySize);
      },
      receive: (frame, consumed) => {
        if (current === this.#current && !this.#isOver) this.#receive(frame, consumed);
      },
    });
    forward({ bus, clock, limits }, { meta, body: message.body }, this.#abort.signal).then(
      () => current.delivered(),
      (error: unknown) => {
        if (current === this.#current) this.#retry(LlmpError.from(error));
      },
    );
    return current;
  }

  #receive(frame: Frame, consumed: () => void): void {
    const { meta, bytes = new Uint8Array() } = frame;
    switch (meta.kind) {
      case 'vault':
      case 'retrieval':
        consumed();
        return this.#addReport(meta, bytes);
      case 'head':
        this.#head = { status: meta.status, headers: meta.headers };
        if (isEventStream(meta.headers)) this.#openStream(this.#head);
        return consumed();
      case 'chunk':
        this.#responseBytes += bytes.byteLength;
        if (this.#chunks) return this.#chunks.push({ bytes, more: meta.more }, consumed);
        this.#collect(bytes);
        return consumed();
      case 'end':
        this.#addAnnotations(meta.annotations);
        this.#usage = meta.usage;
        this.#current.stages.upstream = meta.tookMs;
        consumed();
        return this.#finish();
      case 'error':
        consumed();
        this.#addAnnotations(meta.annotations);
        this.#usage = meta.usage;
        return this.#retry(new LlmpError(meta.code, meta.message, meta));
      case 'accepted':
      case 'pass':
      case 'heartbeat':
        return consumed();
    }
  }

  #addAnnotations(annotations: Annotations | undefined): void {
    if (annotations) this.#annotations = { ...this.#annotations, ...annotations };
  }

  /** Fails the request on a bad report: without it the response could not be restored. */
  #addReport(meta: ReportMeta, chunk: Uint8Array): void {
    const sender = this.#options.message.meta.routingSlip[meta.position];
    try {
      this.#reports.add(meta, sender, chunk);
    } catch (thrown) {
      this.#fail(LlmpError.from(thrown));
    }
  }

  #openStream(head: Head): void {
    this.#chunks = new ChunkQueue();
    this.#response.resolve({ kind: 'stream', head, chunks: this.#chunks });
  }

  #collect(bytes: Uint8Array): void {
    this.#bufferedBytes += bytes.byteLength;
    if (this.#bufferedBytes > this.#options.limits.responseBytesMax) {
      return this.#fail(
        new LlmpError('upstream_disconnected', 'The response is larger than allowed.'),
      );
    }
    this.#buffered.push(bytes);
  }

  #finish(): void {
    if (this.#chunks) this.#chunks.end();
    else if (this.#head) {
      const bytes = concatBytes(this.#buffered);
      this.#response.resolve({ kind: 'buffered', head: this.#head, bytes });
    } else return this.#fail(new LlmpError('internal'));
    this.#close();
  }

  /** Dispatches the request again, unless the client has seen a part of the response. */
  #retry(error: LlmpError): void {
    if (this.#isOver) return;
    const { limits, events, message } = this.#options;
    const attempt = this.#current.attempt + 1;
    const hasBegun = this.#chunks !== undefined;
    if (this.#current.stageName === 'upstream') this.#upstreamAttempts += 1;
    const isExhausted =
      this.#upstreamAttempts >= limits.upstreamAttemptsMax || attempt > limits.dispatchesMax;
    if (hasBegun || isExhausted || !RETRIED.has(error.code)) {
      return this.#fail(error);
    }
    events.requestRedispatched({ requestId: this.id, attempt, errorCode: error.code });
    this.#current.cancel();
    this.#head = undefined;
    this.#annotations = {};
    this.#usage = undefined;
    this.#responseBytes = 0;
    this.#buffered = [];
    this.#bufferedBytes = 0;
    this.#reports = new ReportCollector();
    this.#bodySizeMax = message.body.size;
    this.#current = this.#begin({ ...message.meta, attempt });
  }

  #fail(error: LlmpError): void {
    if (this.#isOver) return;
    this.#current.cancel();
    if (this.#chunks) this.#chunks.fail(error);
    else {
      this.#response.reject(error);
      // Nothing awaits the response once the client has left.
      this.#response.promise.catch(() => {});
    }
    this.#close();
  }

  #close(): void {
    const { bus, limits } = this.#options;
    this.#isOver = true;
    this.#abort.abort(ABANDONED);
    if (this.#bodySizeMax > limits.inlineBytesMax) {
      this.#current.cancel();
      bus.release(this.id);
    }
  }
}
