// Checks what an administrator said, and answers with the path of everything that is wrong.

import type * as z from 'zod';
import { LlmpError } from '../../shared/errors.ts';

/** Gives a function that returns what `schema` makes of its input, or throws `invalid_request`. */
export function reader<Schema extends z.ZodType>(schema: Schema) {
  return (input: unknown): z.output<Schema> => {
    const read = schema.safeParse(input);
    if (read.success) return read.data;
    throw new LlmpError('invalid_request', read.error.issues.flatMap(faultsOf).join('; '));
  };
}

function faultsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...issue.path, key].join('.')}: there is no such field`);
  }
  return [`${issue.path.join('.') || 'body'}: ${issue.message}`];
}
