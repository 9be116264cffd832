// Validates stored keys and limits. Loose objects: a newer process may have written fields this one does
// not know, and updating a record must not lose them.

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
  cacheFor: z.string().exactOptional(),
  expiresAt: z.number().exactOptional(),
  disabledAt: z.number().exactOptional(),
  lineageId: z.string().exactOptional(),
  rotatedAt: z.number().exactOptional(),
  replacedBy: z.string().exactOptional(),
  limits: quotaLimits.exactOptional(),
});

/** @throws ZodError when `stored` is not a key record. */
export function readKeyRecord(stored: unknown): KeyRecord {
  return keyRecord.parse(stored);
}

/** @throws ZodError when `stored` is not a set of limits. */
export function readQuotaLimits(stored: unknown): QuotaLimits {
  return quotaLimits.parse(stored);
}
