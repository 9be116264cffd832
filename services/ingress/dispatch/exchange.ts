// One request from its dispatch to the end of its response. Supervises the workers, dispatches the request
// again when one is lost before the response begins, and otherwise fails with one error.

import type { Bus, ReceiveFrame } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Envelope, Frame, RequestMessage } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import { forward } from '../../../shared/pipeline/dispatch.ts';
import type { PipelineLimits } from '../../../shared/limits.ts';
import type { TokenUsage } from '../../../shared/token-usage.ts';
import type { Annotations } from '../../../shared/annotations.ts';
import type { Head } from '../../../shared/protocol/stage.ts';
import type { Vault } from '../../../shared/privacy/vault.ts';
import type { Chunk } from './chunk-queue.ts';
import { Attempt, blockedByOf } from './attempt.ts';
import { LostWorkers } from './lost-workers.ts';
import { callLimitsOf, partialResponseOf } from './passed-exchange.ts';
import { PermittedCalls, reportedCalls } from './permitted-calls.ts';
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
const RETRIED = new Set(['worker_lost', 'draining', 'body_unreachable', 'bus_down']);

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #abort = new AbortController();
  readonly #response = Promise.withResolvers<WorkerResponse>();
  readonly #startedMs: number;
  #current: Attempt;
  #partial: ReturnType<typeof partialResponseOf>;
  #reports = new ReportCollector();
  #isOver = false;
  readonly #lost: LostWorkers;
  /** Number of attempts that reached the upstream worker and may have used tokens. */
  #upstreamAttempts = 0;
  readonly #calls: PermittedCalls;
  /** Size of the largest body that workers of this attempt may hold. */
  #bodySizeMax: number;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#lost = new LostWorkers(options);
    this.#calls = new PermittedCalls(callLimitsOf(options));
    this.#partial = partialResponseOf(options);
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
    const { head, size } = this.#partial;
    return head && { status: head.status, bytes: size };
  }

  /** What the response's placeholders stand for; complete before the response begins. */
  get vault(): Vault {
    return this.#reports.vault;
  }

  get stageReports(): StageReports {
    return this.#reports.reports;
  }

  /** Rejects with the LlmpError that ended the request instead. */
  get response(): Promise<WorkerResponse> {
    return this.#response.promise;
  }

  get annotations(): Annotations {
    return this.#partial.annotations;
  }

  /** Of a response that was relayed, or withheld and has to be paid. */
  get usage(): TokenUsage | undefined {
    return this.#partial.usage;
  }

  /** Calls to upstreams that were permitted and whose outcome never arrived. */
  get unknownCalls(): number {
    return this.#calls.unknown(this.#partial.head !== undefined);
  }

  get origin(): ResponseOrigin {
    return originOf(this.#options.message.meta, this.#partial.head, this.annotations);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Cancels the request in every worker. */
  cancel(reason: LlmpError): void {
    this.#fail(reason);
  }

  /** False for a frame of an abandoned attempt, whose sender should stop. */
  receive(frame: Parameters<ReceiveFrame>[0], sender: string): boolean {
    if (!blockedByOf(frame.meta)) this.#lost.heardFrom(frame.meta);
    if (this.#isOver || frame.meta.attempt !== this.#current.attempt) return false;
    this.#current.receive(frame, sender);
    return true;
  }

  /** Call when no heartbeat could be received until now. */
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
    if (this.#leftMs(nowMs) < 0) this.#fail(new LlmpError('deadline_exceeded'));
    else if (current.silentForMs(nowMs) > limits.heartbeatTimeoutMs) {
      this.#retry(this.#lost.add(current));
    } else if (current.blockedBy) this.#retry(this.#lost.addHanging(current, current.blockedBy));
    else if (isSlow) this.#fail(new LlmpError(bus.connected() ? 'stage_timeout' : 'bus_down'));
  }

  #leftMs(nowMs: number): number {
    return this.#startedMs + this.#options.limits.requestMs - nowMs;
  }

  #begin(attempted: Envelope): Attempt {
    const { bus, clock, limits, message } = this.#options;
    const deadlineMs = Math.max(1, this.#leftMs(clock.monotonic()));
    const meta = { ...attempted, deadlineMs };
    const current = new Attempt({
      meta,
      clock,
      ackBytes: limits.ackBytes,
      postControl: (address, control, flush) => bus.postControl(address, control, flush),
      passed: ({ annotations, bodySize }) => {
        if (current !== this.#current) return;
        this.#partial.annotate(annotations);
        this.#bodySizeMax = Math.max(this.#bodySizeMax, bodySize);
      },
      permitCall: (ask) => this.#calls.permit(ask),
      unreadable: (error) => this.#fail(error),
      receive: (frame, consumed) => {
        if (current === this.#current && !this.#isOver) this.#receive(frame, consumed);
      },
    });
    forward({ bus, clock, limits }, { meta, body: message.body }, this.#abort.signal).then(
      () => current.delivered(),
      (error: unknown) => {
        if (current === this.#current) this.#undelivered(LlmpError.from(error));
      },
    );
    return current;
  }

  /** Without the broker, a new request fails and one in work waits for it. */
  #undelivered(error: LlmpError): void {
    if (error.code !== 'bus_down') this.#retry(error);
    else if (!this.#current.isInWork) this.#fail(error);
  }

  #receive(frame: Frame, consumed: () => void): void {
    const { meta, bytes = new Uint8Array() } = frame;
    const { routingSlip: slip } = this.#options.message.meta;
    switch (meta.kind) {
      case 'vault':
      case 'retrieval':
        consumed();
        return this.#addReport(meta, bytes);
      case 'head':
        this.#begun({ status: meta.status, headers: meta.headers });
        return consumed();
      case 'chunk':
        return this.#add(bytes, meta.more, consumed);
      case 'end':
        this.#partial.end(meta);
        this.#current.stages.upstream = meta.tookMs;
        consumed();
        return this.#finish(meta.unknownCalls ?? 0);
      case 'error':
        consumed();
        this.#partial.end(meta);
        return this.#retry(new LlmpError(meta.code, meta.message, meta), reportedCalls(meta, slip));
      case 'accepted':
      case 'pass':
      case 'ask':
      case 'heartbeat':
        return consumed();
    }
  }

  /** Fails the request on a bad report: without it the response could not be restored. */
  #addReport(meta: ReportMeta, chunk: Uint8Array): void {
    try {
      this.#reports.add(meta, this.#options.message.meta.routingSlip[meta.position], chunk);
    } catch (thrown) {
      this.#fail(LlmpError.from(thrown));
    }
  }

  #begun(head: Head): void {
    const chunks = this.#partial.begin(head);
    if (chunks) this.#response.resolve({ kind: 'stream', head, chunks });
  }

  #add(bytes: Uint8Array, more: boolean, consumed: () => void): void {
    try {
      this.#partial.add(bytes, more, consumed);
    } catch (thrown) {
      this.#fail(LlmpError.from(thrown));
    }
  }

  #finish(unknownCalls: number): void {
    const { head, chunks, body } = this.#partial;
    if (!head) return this.#fail(new LlmpError('internal'), unknownCalls);
    if (chunks) chunks.end();
    else this.#response.resolve({ kind: 'buffered', head, bytes: body });
    this.#close(unknownCalls);
  }

  /** Dispatches the request again, unless the client has seen a part of the response. */
  #retry(error: LlmpError, unknownCalls?: number): void {
    if (this.#isOver) return;
    const { limits, events, message } = this.#options;
    const attempt = this.#current.attempt + 1;
    const { head, chunks } = this.#partial;
    if (this.#current.stageName === 'upstream') this.#upstreamAttempts += 1;
    const isExhausted =
      this.#calls.isExhausted ||
      this.#upstreamAttempts >= limits.upstreamAttemptsMax ||
      attempt > limits.dispatchesMax;
    if (chunks || isExhausted || !RETRIED.has(error.code)) return this.#fail(error, unknownCalls);
    events.requestRedispatched({ requestId: this.id, attempt, errorCode: error.code });
    this.#current.cancel();
    // A response that is dropped half-way has cost something, too.
    this.#calls.endAttempt(
      unknownCalls === undefined ? undefined : unknownCalls + (head ? 1 : 0),
      false,
    );
    this.#partial = partialResponseOf(this.#options);
    this.#reports = new ReportCollector();
    this.#bodySizeMax = message.body.size;
    this.#current = this.#begin({ ...message.meta, attempt });
  }

  #fail(error: LlmpError, unknownCalls?: number): void {
    if (this.#isOver) return;
    this.#current.cancel();
    if (this.#partial.chunks) this.#partial.chunks.fail(error);
    else {
      this.#response.reject(error);
      // Nothing awaits the response once the client has left.
      this.#response.promise.catch(() => {});
    }
    this.#close(unknownCalls);
  }

  #close(unknownCalls?: number): void {
    const { bus, limits } = this.#options;
    this.#isOver = true;
    this.#calls.endAttempt(unknownCalls, this.#partial.head !== undefined);
    this.#abort.abort(ABANDONED);
    if (this.#bodySizeMax > limits.inlineBytesMax) {
      this.#current.cancel();
      bus.release(this.id);
    }
  }
}
