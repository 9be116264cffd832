// The order of stages for each kind of request.

import type { StageName } from '../../../shared/protocol/messages.ts';
import type { Caller } from '../auth/auth.ts';

/** Messages and token counts pass the same stages. */
const CONVERSATION: readonly StageName[] = ['scrubber', 'policy', 'upstream'];

/** The same for keys with collections. */
export const ALL_STAGES: readonly StageName[] = ['scrubber', 'policy', 'rag', 'upstream'];

/** The stages that a conversation of this caller passes. */
export function routingSlipOf({
  collections = [],
}: Pick<Caller, 'collections'>): readonly StageName[] {
  return collections.length > 0 ? ALL_STAGES : CONVERSATION;
}

/** Requests without a body have nothing to evaluate or augment; their path and headers are scrubbed. */
export const WITHOUT_BODY: readonly StageName[] = ['scrubber', 'upstream'];

/** Requests that go through as they come: nothing searches, evaluates or changes them. */
export const UNCHANGED: readonly StageName[] = ['upstream'];
