import type { ResponseCache } from '../../services/upstream/cache/response-cache.ts';

export const NO_CACHE: Pick<ResponseCache, 'readThrough'> = {
  readThrough: (_, call) => call(),
};
