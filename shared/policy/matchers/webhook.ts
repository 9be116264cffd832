// Asks a service of the operator's: POST {"text": …}, answered by {"match": true} or false. What it
// does not answer in time, or otherwise, is no answer.

import * as z from 'zod';
import { readAllBytes } from '../../runtime/bytes.ts';
import type { MatcherKit, RemoteMatcher } from '../matcher.ts';

const ANSWER_BYTES_MAX = 64 * 1024;

export const webhookSchema = z.strictObject({
  type: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  timeout_ms: z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(15_000, { error: 'must be at most 15000' })
    .default(2_000),
  /** Sent along, such as a credential. */
  headers: z
    .record(
      z.string().regex(/^[\w-]{1,100}$/, { error: 'must be the name of a header' }),
      z.string().regex(/^[\x20-\x7e]{1,4000}$/, { error: 'must be printable ASCII' }),
    )
    .refine((headers) => Object.keys(headers).length <= 10, { error: 'must be at most 10' })
    .default({}),
});

const answerShape = z.looseObject({ match: z.boolean() });

export function compileWebhook(
  { url, timeout_ms: timeoutMs, headers }: z.output<typeof webhookSchema>,
  kit: MatcherKit,
): RemoteMatcher {
  return {
    kind: 'remote',
    ask: (text, outer) =>
      kit.deadline(timeoutMs, outer, async (signal) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
          redirect: 'error',
          signal,
        });
        const answer = await readAllBytes(response.body ?? [], ANSWER_BYTES_MAX, tooLarge);
        if (response.status !== 200) throw new Error(`the webhook answered ${response.status}`);
        const read = answerShape.safeParse(jsonOf(answer.toString('utf8')));
        if (!read.success) throw new Error('the webhook did not answer {"match": true} or false');
        return read.data.match;
      }),
  };
}

function tooLarge(): Error {
  return new Error('the webhook answered too much');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
