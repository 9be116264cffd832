import * as z from 'zod';
import type { RequestFacts } from '../request-facts.ts';
import type { ExceededBound, RequestMatcher } from '../matcher.ts';

const limit = z
  .int({ error: 'must be a whole number' })
  .nonnegative({ error: 'must not be negative' })
  .exactOptional();

const schema = z
  .strictObject({
    type: z.literal('limit'),
    /** Estimated from the size: 4 bytes per token, 1,600 tokens per image. */
    max_input_tokens: limit,
    /** Limits `max_tokens`. */
    max_output_tokens: limit,
    max_body_bytes: limit,
    max_images: limit,
  })
  .refine((fields) => Object.keys(fields).length > 1, { error: 'must name a limit' });

export const limitMatcher = { schema, compile };

/** Holds if any limit is exceeded. */
function compile(input: z.output<typeof schema>): RequestMatcher {
  const exceeded = (facts: RequestFacts): readonly ExceededBound[] =>
    (
      [
        ['max_input_tokens', facts.inputTokens],
        ['max_output_tokens', facts.outputTokens],
        ['max_body_bytes', facts.bodyBytes],
        ['max_images', facts.images],
      ] as const
    ).flatMap(([name, sent]) => {
      const max = input[name];
      return max !== undefined && sent > max ? [{ limit: name, max, sent }] : [];
    });
  return { kind: 'request', holds: (facts) => exceeded(facts).length > 0, exceeded };
}
