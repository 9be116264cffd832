// Asks the operator's service: POST {"text": …}, expects {"match": true} or false. Any other
// response is an error.

import * as z from 'zod';
import { readAllBytes } from '../../runtime/bytes.ts';
import type { MatcherContext, RemoteMatcher } from '../matcher.ts';

const RESPONSE_BYTES_MAX = 64 * 1024;

const schema = z.strictObject({
  type: z.literal('webhook'),
  url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
  timeout_ms: z
    .int({ error: 'must be a whole number' })
    .min(1, { error: 'must be at least 1' })
    .max(15_000, { error: 'must be at most 15000' })
    .default(2_000),
  /** Additional headers, such as a credential. */
  headers: z
    .record(
      z.string().regex(/^[\w-]{1,100}$/, { error: 'must be the name of a header' }),
      z.string().regex(/^[\x20-\x7e]{1,4000}$/, { error: 'must be printable ASCII' }),
    )
    .refine((headers) => Object.keys(headers).length <= 10, { error: 'must be at most 10' })
    .default({}),
});

const responseSchema = z.looseObject({ match: z.boolean() });

export const webhookMatcher = { schema, compile };

function compile(
  { url, timeout_ms: timeoutMs, headers }: z.output<typeof schema>,
  context: MatcherContext,
): RemoteMatcher {
  return {
    kind: 'remote',
    ask: (text, outer) =>
      context.deadline(timeoutMs, outer, async (signal) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ text }),
          redirect: 'error',
          signal,
        });
        const body = await readAllBytes(response.body ?? [], RESPONSE_BYTES_MAX, tooLarge);
        if (response.status !== 200)
          throw new Error(`the webhook returned status ${response.status}`);
        const parsed = responseSchema.safeParse(jsonOf(body.toString('utf8')));
        if (!parsed.success) throw new Error('the webhook did not return {"match": true} or false');
        return parsed.data.match;
      }),
  };
}

function tooLarge(): Error {
  return new Error('the webhook response is too large');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
