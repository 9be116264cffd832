// A key's record as it is read back from where it was stored. Loose: a newer process that shares the
// store may have written members this one does not know, and changing a record must not lose them.

import * as z from 'zod';
import type { QuotaLimits } from '../metering/quotas.ts';
import type { KeyRecord } from './store.ts';

const quotaLimits = z.looseObject({
  requestsPerMinute: z.number().exactOptional(),
  inputTokensPerMinute: z.number().exactOptional(),
  outputTokensPerMinute: z.number().exactOptional(),
  concurrentRequests: z.number().exactOptional(),
  usdPerDay: z.number().exactOptional(),
  usdPerMonth: z.number().exactOptional(),
});

const keyRecord = z.looseObject({
  id: z.string(),
  hash: z.string(),
  name: z.string(),
  createdAt: z.number(),
  team: z.string().exactOptional(),
  models: z.array(z.string()).exactOptional(),
  policy: z.string().exactOptional(),
  collections: z.array(z.string()).exactOptional(),
  cacheMs: z.number().exactOptional(),
  expiresAt: z.number().exactOptional(),
  disabledAt: z.number().exactOptional(),
  lineageId: z.string().exactOptional(),
  rotatedAt: z.number().exactOptional(),
  replacedBy: z.string().exactOptional(),
  limits: quotaLimits.exactOptional(),
});

/** Checks what a store holds; throws when it is no record of a key. */
export function readKeyRecord(stored: unknown): KeyRecord {
  return keyRecord.parse(stored);
}

/** Checks what a store holds of a team; throws when these are no limits. */
export function readQuotaLimits(stored: unknown): QuotaLimits {
  return quotaLimits.parse(stored);
}
