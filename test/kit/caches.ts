import type { ResponseCache } from '../../services/upstream/cache/response-cache.ts';

/** A response cache that stores nothing. */
export const NO_CACHE: Pick<ResponseCache, 'through'> = {
  through: (_, call) => call(),
};
