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

/** Requests without a body have nothing to scrub, evaluate or augment. */
export const UPSTREAM_ONLY: readonly StageName[] = ['upstream'];
