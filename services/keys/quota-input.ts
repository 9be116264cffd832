// How limits are written by people: in the words of the HTTP API, as whole numbers.

import * as z from 'zod';
import { limits } from '../../shared/limits.ts';
import type { QuotaLimits } from '../../shared/quotas.ts';

const MEMBERS = [
  ['requests_per_minute', 'requestsPerMinute'],
  ['input_tokens_per_minute', 'inputTokensPerMinute'],
  ['output_tokens_per_minute', 'outputTokensPerMinute'],
  ['concurrent_requests', 'concurrentRequests'],
] as const;

type Word = (typeof MEMBERS)[number][0];

export type QuotaView = Readonly<Partial<Record<Word, number>>>;

const error = `must be a whole number from 1 to ${limits.quotaMax}; leave it out for no limit`;
const amount = z.int({ error }).min(1, { error }).max(limits.quotaMax, { error }).exactOptional();

/** Each member may be left out: what is not named is not limited. */
export const quotas = z
  .strictObject({
    requests_per_minute: amount,
    input_tokens_per_minute: amount,
    output_tokens_per_minute: amount,
    concurrent_requests: amount,
  })
  .transform((said): QuotaLimits => {
    return Object.fromEntries(
      MEMBERS.flatMap(([word, member]) => (said[word] === undefined ? [] : [[member, said[word]]])),
    );
  });

export function quotaView(stored: QuotaLimits): QuotaView {
  return Object.fromEntries(
    MEMBERS.flatMap(([word, member]) =>
      stored[member] === undefined ? [] : [[word, stored[member]]],
    ),
  );
}
