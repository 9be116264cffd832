// The order of rooms, in one place. Everything else about the walk is mechanism.

import type { Room } from '../../shared/envelope.ts';

/** Requests whose body carries a conversation: messages and token counts see the same rooms. */
export const CONVERSATION: readonly Room[] = ['scrubber', 'policy', 'rag', 'upstream'];

/** Requests without a body have nothing to scrub, judge or enrich. */
export const LOOKUP: readonly Room[] = ['upstream'];
