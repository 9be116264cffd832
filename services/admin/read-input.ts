import type * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';

/** Keys, collections or documents on one page of a list. */
export const PAGE_MAX = 1_000;

/** Returns a function that parses its input or throws `invalid_request` with the path of every issue. */
export function reader<Schema extends z.ZodType>(schema: Schema) {
  return (input: unknown): z.output<Schema> => {
    const result = schema.safeParse(input);
    if (result.success) return result.data;
    // Several checks of one field may say the same.
    const texts = new Set(result.error.issues.flatMap(issueTexts));
    throw new LlmpError('invalid_request', [...texts].join('; '));
  };
}

function issueTexts(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown field`);
  }
  return [`${issue.path.join('.') || 'body'}: ${issue.message}`];
}
