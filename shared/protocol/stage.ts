// A stage is one function from a request message to an outcome. It knows neither the next worker nor
// whether its caller is in the same process.

import type { Envelope, RequestMessage, StageName } from './messages.ts';
import type { Body } from './body.ts';
import type { Edit } from '../json/edit.ts';
import type { LlmpError } from '../errors.ts';
import type { TokenUsage } from '../token-usage.ts';
import type { Annotations } from '../annotations.ts';

export interface StageContext {
  /** Aborts when the client has left, the request was cancelled or the process stops. */
  readonly signal: AbortSignal;
}

export interface ConfirmContext extends StageContext {
  /**
   * Resolves while the ingress waits for this attempt; rejects once it has given it up. Await it before every
   * call that leaves the gateway: a message may arrive long after it was sent.
   */
  readonly confirm: () => Promise<void>;
}

/** Permission of the ingress for the calls of one attempt to upstreams. */
export interface CallPermits {
  /** Asks for the next call without waiting. */
  askAhead(): void;
  /** Resolves when the next call is permitted. */
  ready(): Promise<void>;
  /** Resolves when a call may be made, which counts from then on. */
  next(): Promise<void>;
  /** The last call was answered, or was never sent. */
  settled(): void;
  /** Whether another call may be made: those with an unknown outcome are bounded. */
  readonly mayRepeat: boolean;
}

export interface UpstreamContext extends StageContext {
  readonly calls: CallPermits;
}

export interface ScrubberContext extends ConfirmContext {
  /** Sends an encoded vault to the ingress alone; other workers never see it. */
  readonly sendVault: (vault: Uint8Array) => void;
}

export interface RagContext extends ConfirmContext {
  /** Sends an encoded retrieval report to the ingress alone. */
  readonly sendRetrieval: (report: Uint8Array) => void;
}

/** Response head: status and raw header pairs `[name, value, name, value, …]`. */
export interface Head {
  readonly status: number;
  readonly headers: readonly string[];
}

/**
 * - `pass`: goes to the next worker with `edits` applied to the body and `envelope` to the envelope;
 *   byte-identical without any.
 * - `respond`: the response. For SSE each chunk is whole events. The iterable throws an LlmpError when
 *   the response breaks off; `annotations` and `usage` are read after its end.
 * - `refuse`: an error for the client.
 */
export type Outcome =
  | {
      readonly kind: 'pass';
      readonly edits?: readonly Edit[];
      /** The body with its edits, if the stage has applied them itself. */
      readonly body?: Body;
      readonly envelope?: Partial<Pick<Envelope, 'path' | 'headers'>>;
      readonly annotations?: Annotations;
    }
  | {
      readonly kind: 'respond';
      readonly head: Head;
      readonly body: AsyncIterable<Uint8Array>;
      readonly annotations?: () => Annotations;
      readonly usage?: () => TokenUsage;
    }
  | { readonly kind: 'refuse'; readonly error: LlmpError };

export type Stage<Context extends StageContext = StageContext> = (
  message: RequestMessage,
  context: Context,
) => Outcome | Promise<Outcome>;

/** What every stage is called with; its own type names only what it may use. */
export type TaskContext = ScrubberContext & RagContext & UpstreamContext;

/** Stages of one process, by worker. */
export type HostedStages = Partial<Record<StageName, Stage<TaskContext>>>;
