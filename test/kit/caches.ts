// A cache of answers that has none and keeps none.

import type { AnswerCache } from '../../services/upstream/cache/answer-cache.ts';

export const NO_CACHE: Pick<AnswerCache, 'through'> = {
  through: (_, call) => call(),
};
