import * as z from 'zod';
import type { RequestMatcher } from '../matcher.ts';

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
  return {
    kind: 'request',
    holds: ({ inputTokens, outputTokens, bodyBytes, images }) =>
      exceeds(inputTokens, input.max_input_tokens) ||
      exceeds(outputTokens, input.max_output_tokens) ||
      exceeds(bodyBytes, input.max_body_bytes) ||
      exceeds(images, input.max_images),
  };
}

function exceeds(value: number, max: number | undefined): boolean {
  return max !== undefined && value > max;
}
