// Bounds of one request: what it may bring and what it may ask for.

import * as z from 'zod';
import type { RequestMatcher } from '../matcher.ts';

const bound = z
  .int({ error: 'must be a whole number' })
  .nonnegative({ error: 'must not be negative' })
  .exactOptional();

export const limitSchema = z
  .strictObject({
    type: z.literal('limit'),
    /** As estimated from the size: 4 bytes a token, 1,600 tokens an image. */
    max_input_tokens: bound,
    /** Of `max_tokens`. */
    max_output_tokens: bound,
    max_body_bytes: bound,
    max_images: bound,
  })
  .refine((said) => Object.keys(said).length > 1, { error: 'must name a limit' });

/** Holds when one of the bounds is exceeded. */
export function compileLimit(input: z.output<typeof limitSchema>): RequestMatcher {
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
