// A cache of answers that has none and keeps none.

import type { AnswerCache } from '../../services/upstream/cache/response-cache.ts';

export const NO_CACHE: Pick<AnswerCache, 'through'> = {
  through: (_, call) => call(),
};
