// What an exchange that has ended has cost its key, as far as that is known.

import type { Spent } from './admission.ts';
import type { Exchange } from './exchange.ts';

/**
 * Bytes of an event stream for one token, where the answer broke off before it said what it cost. An
 * event is some 110 bytes around one or a few words, so this rather charges too much than nothing.
 */
const STREAM_BYTES_PER_TOKEN = 40;

export const NOTHING_SPENT: Spent = { inputTokens: 0, outputTokens: 0 };

/** An answer that began counts, even if the client left; a refusal or an error costs nothing. */
export function spentOn({ answered, notes }: Pick<Exchange, 'answered' | 'notes'>): Spent {
  if (!answered || answered.status >= 400) return NOTHING_SPENT;
  const { inputTokens, cacheCreationTokens = 0, outputTokens } = notes;
  // Reading from the prompt cache does not count against input, writing to it does.
  const input = isCount(inputTokens) && isCount(cacheCreationTokens);
  return {
    inputTokens: input ? inputTokens + cacheCreationTokens : undefined,
    outputTokens: isCount(outputTokens)
      ? outputTokens
      : Math.ceil(answered.bytes / STREAM_BYTES_PER_TOKEN),
  };
}

/** What the upstream writes as usage is no reason to give tokens away. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
