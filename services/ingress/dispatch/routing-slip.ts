// The order of workers, in one place. Everything else about the walk is mechanism.

import type { StageName } from '../../../shared/protocol/messages.ts';
import type { Caller } from '../auth/auth.ts';

/** Requests whose body carries a conversation: messages and token counts see the same workers. */
const CONVERSATION: readonly StageName[] = ['scrubber', 'policy', 'upstream'];

/** The same for keys that are answered from collections. */
export const EVERY_STAGE: readonly StageName[] = ['scrubber', 'policy', 'rag', 'upstream'];

/** The workers a conversation of the caller walks. */
export function conversationOf({
  collections = [],
}: Pick<Caller, 'collections'>): readonly StageName[] {
  return collections.length > 0 ? EVERY_STAGE : CONVERSATION;
}

/** Requests without a body have nothing to scrub, judge or enrich. */
export const LOOKUP: readonly StageName[] = ['upstream'];
