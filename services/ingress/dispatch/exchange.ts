// One request from the moment it enters the rooms until its answer is with the client: sends it in,
// watches over it, sends it in again when a room is lost and nothing was said yet, and gives up
// with one clear error. Streams are handed over piece by piece, other replies only when whole.

import type { Bus } from '../../../shared/bus/bus.ts';
import type { Clock } from '../../../shared/runtime/clock.ts';
import type { Frame, Letter, LetterMeta, Room } from '../../../shared/protocol/messages.ts';
import { LlmpError } from '../../../shared/errors.ts';
import type { Events } from '../../../shared/events.ts';
import { forward } from '../../../shared/pipeline/dispatch.ts';
import type { Limits } from '../../../shared/limits.ts';
import type { Notes } from '../../../shared/annotations.ts';
import type { Head } from '../../../shared/protocol/stage.ts';
import { isEventStream } from '../../../shared/runtime/raw-headers.ts';
import { decodeInsertion, type Insertion } from '../../../shared/retrieval/report.ts';
import { decodeVault, EMPTY_VAULT, type Vault } from '../../../shared/privacy/vault.ts';
import { PieceQueue, type Piece } from '../response/chunk-queue.ts';
import { Walk } from './attempt.ts';

export type Reply =
  | { readonly kind: 'whole'; readonly head: Head; readonly bytes: Uint8Array }
  | { readonly kind: 'stream'; readonly head: Head; readonly pieces: AsyncIterable<Piece> };

/** What the rooms told of a request, and its answer is made of: see the two modules. */
export type Homecoming = Vault & { readonly insertion?: Insertion | undefined };

export interface ExchangeOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly events: Events;
  readonly letter: Letter;
}

/** Reason of aborts nobody asks the reason of; making one each time would cost a stack trace. */
const OVER = new LlmpError('client_gone');

/** A room lost or leaving says nothing about the request: another worker may do it. */
const WORTH_ANOTHER_TRY = new Set(['room_lost', 'draining']);

export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #abort = new AbortController();
  readonly #reply = Promise.withResolvers<Reply>();
  readonly #startedMs: number;
  #walk: Walk;
  #head: Head | undefined;
  #whole: Uint8Array[] = [];
  #wholeBytes = 0;
  #pieces: PieceQueue | undefined;
  #vault = EMPTY_VAULT;
  #insertion: Insertion | undefined;
  /** Of what is being told; one room speaks after the other. */
  #told: Uint8Array[] = [];
  #over = false;
  #answerBytes = 0;
  /** Tries that came as far as the upstream room. */
  #costly = 0;
  #notes: Notes = {};

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonic();
    this.#walk = this.#begin(options.letter.meta);
  }

  get id(): string {
    return this.#options.letter.meta.id;
  }

  get attempts(): number {
    return this.#walk.attempt;
  }

  get stages(): Readonly<Record<string, number>> {
    return this.#walk.stages;
  }

  /** Status of an answer that has begun, and bytes of its body up to now; undefined before. */
  get answered(): { readonly status: number; readonly bytes: number } | undefined {
    return this.#head && { status: this.#head.status, bytes: this.#answerBytes };
  }

  /** What the answer's placeholders stand for; complete as soon as there is an answer. */
  get vault(): Vault {
    return this.#vault;
  }

  /** The vault with what the rag room told; complete as soon as there is an answer. */
  get homecoming(): Homecoming {
    return this.#insertion ? { ...this.#vault, insertion: this.#insertion } : this.#vault;
  }

  /** The answer; rejects with the LlmpError that ended the request instead. */
  get reply(): Promise<Reply> {
    return this.#reply.promise;
  }

  /** What the rooms have noted up to now. */
  get notes(): Notes {
    return this.#notes;
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
    if (this.#over || frame.meta.attempt !== this.#walk.attempt) return false;
    this.#walk.receive(frame, sender);
    return true;
  }

  /** Nothing could be heard until now, so silence proves nothing. */
  excuse(nowMs: number): void {
    this.#walk.excuse(nowMs);
  }

  /** Called every beat: notices rooms that fell silent and deadlines that passed. */
  tick(nowMs: number): void {
    const { bus, limits } = this.#options;
    if (this.#over) return;
    if (!bus.connected()) this.#walk.excuse(nowMs);
    if (nowMs - this.#startedMs > limits.requestMs) this.#fail(new LlmpError('deadline'));
    else if (this.#walk.silentMs(nowMs) > limits.silenceMs) {
      this.#tryAgain(new LlmpError('room_lost'));
    } else if (this.#walk.room !== 'upstream' && this.#walk.waitedMs(nowMs) > limits.stageMs) {
      this.#fail(new LlmpError('stage_timeout'));
    }
  }

  #begin(meta: LetterMeta): Walk {
    const { bus, clock, limits, letter } = this.#options;
    const walk = new Walk({
      meta,
      clock,
      ackBytes: limits.ackBytes,
      tell: (address, control, urgency) => bus.post(address, 'ingress', control, urgency),
      note: (notes) => {
        if (walk === this.#walk) this.#note(notes);
      },
      answer: (frame, consumed) => {
        if (walk === this.#walk && !this.#over) this.#answer(frame, consumed);
      },
    });
    forward({ bus, clock, limits }, { meta, body: letter.body }, this.#abort.signal).catch(
      (error: unknown) => {
        if (walk === this.#walk) this.#tryAgain(LlmpError.from(error));
      },
    );
    return walk;
  }

  #answer(frame: Frame, consumed: () => void): void {
    const { meta, bytes = new Uint8Array() } = frame;
    switch (meta.kind) {
      case 'vault':
        consumed();
        return this.#keep(this.#options.letter.meta.itinerary[meta.hop], bytes, meta.more);
      case 'head':
        this.#head = { status: meta.status, headers: meta.headers };
        if (isEventStream(meta.headers)) this.#openStream(this.#head);
        return consumed();
      case 'chunk':
        this.#answerBytes += bytes.byteLength;
        if (this.#pieces) return this.#pieces.push({ bytes, more: meta.more }, consumed);
        this.#collect(bytes);
        return consumed();
      case 'end':
        this.#note(meta.notes);
        this.#walk.stages.upstream = meta.tookMs;
        consumed();
        return this.#finish();
      case 'error':
        consumed();
        this.#note(meta.notes);
        return this.#tryAgain(new LlmpError(meta.code, meta.message, meta));
      case 'accepted':
      case 'pass':
      case 'beat':
        return consumed();
    }
  }

  /** Rooms tell apart what they note by its names. */
  #note(notes: Notes | undefined): void {
    if (notes) this.#notes = { ...this.#notes, ...notes };
  }

  /** Without what a room told an answer could not be restored, so the request fails. */
  #keep(room: Room | undefined, piece: Uint8Array, more: boolean): void {
    this.#told.push(piece);
    if (more) return;
    const told = Buffer.concat(this.#told.splice(0));
    try {
      if (room === 'rag') this.#insertion = decodeInsertion(told);
      else this.#vault = decodeVault(told);
    } catch (thrown) {
      this.#fail(LlmpError.from(thrown));
    }
  }

  #openStream(head: Head): void {
    this.#pieces = new PieceQueue();
    this.#reply.resolve({ kind: 'stream', head, pieces: this.#pieces });
  }

  #collect(bytes: Uint8Array): void {
    this.#wholeBytes += bytes.byteLength;
    if (this.#wholeBytes > this.#options.limits.replyBytesMax) {
      return this.#fail(new LlmpError('upstream_cut', 'The answer is larger than allowed.'));
    }
    this.#whole.push(bytes);
  }

  #finish(): void {
    if (this.#pieces) this.#pieces.end();
    else if (this.#head) {
      const bytes = Buffer.concat(this.#whole);
      this.#reply.resolve({ kind: 'whole', head: this.#head, bytes });
    } else return this.#fail(new LlmpError('internal'));
    this.#close();
  }

  /** Nothing was said to the client as long as the reply is not settled. */
  #tryAgain(error: LlmpError): void {
    if (this.#over) return;
    const { limits, events, letter } = this.#options;
    const attempt = this.#walk.attempt + 1;
    const spoken = this.#pieces !== undefined;
    if (this.#walk.room === 'upstream') this.#costly += 1;
    const spent = this.#costly >= limits.attemptsMax || attempt > limits.triesMax;
    if (spoken || spent || !WORTH_ANOTHER_TRY.has(error.code)) {
      return this.#fail(error);
    }
    events.requestRedispatched({ requestId: this.id, attempt, errorCode: error.code });
    this.#walk.cancel();
    this.#head = undefined;
    this.#notes = {};
    this.#answerBytes = 0;
    this.#whole = [];
    this.#wholeBytes = 0;
    this.#vault = EMPTY_VAULT;
    this.#insertion = undefined;
    this.#told = [];
    this.#walk = this.#begin({ ...letter.meta, attempt });
  }

  #fail(error: LlmpError): void {
    if (this.#over) return;
    this.#walk.cancel();
    if (this.#pieces) this.#pieces.fail(error);
    else {
      this.#reply.reject(error);
      // A client that left does not ask for its reply.
      this.#reply.promise.catch(() => {});
    }
    this.#close();
  }

  #close(): void {
    const { bus, limits, letter } = this.#options;
    this.#over = true;
    this.#abort.abort(OVER);
    if (letter.body.size > limits.inlineBytesMax) {
      this.#walk.cancel();
      bus.release(this.id);
    }
  }
}
