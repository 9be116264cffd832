// What a worker is: one function from a message to an outcome. A stage does not know which worker comes
// next, nor whether it stands beside its caller or across a network.

import type { RequestMessage } from './messages.ts';
import type { Edit } from '../json/edit.ts';
import type { LlmpError } from '../errors.ts';
import type { TokenUsage } from '../metering/token-usage.ts';
import type { Annotations } from '../annotations.ts';

/** What a stage may use while it holds a message. */
export interface StageContext {
  /** Aborts when the client is gone, the request was given up or the process stops. */
  readonly signal: AbortSignal;
  /** Sends a fact only the ingress may know (the vault) straight home; never forwarded. */
  readonly sendToIngress: (fact: Uint8Array) => void;
}

/** Response head: status and raw header pairs `[name, value, name, value, …]`. */
export interface Head {
  readonly status: number;
  readonly headers: readonly string[];
}

/**
 * - `pass`: on to the next worker, with the body changed at `edits` (byte-identical without).
 * - `answer`: the reply; ends the walk. For SSE each chunk is whole events. The iterable throws an
 *   LlmpError when the answer breaks off. `notes` is read once the body has ended.
 * - `refuse`: an error for the client; ends the walk.
 */
export type Outcome =
  | { readonly kind: 'pass'; readonly edits?: readonly Edit[]; readonly annotations?: Annotations }
  | {
      readonly kind: 'answer';
      readonly head: Head;
      readonly body: AsyncIterable<Uint8Array>;
      readonly annotations?: () => Annotations;
      readonly usage?: () => TokenUsage;
    }
  | { readonly kind: 'refuse'; readonly error: LlmpError };

export type Stage = (message: RequestMessage, context: StageContext) => Outcome | Promise<Outcome>;
