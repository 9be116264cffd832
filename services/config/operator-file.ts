// A file of the operator's, YAML or JSON, that may hold credentials or be another one, named by
// mistake: what is wrong with it is told by place, never by what stands there.

import { parse } from 'yaml';
import type * as z from 'zod';

/** Throws an Error that lists every fault with its path. */
export function readOperatorFile<T>(text: string, schema: z.ZodType<T>): T {
  const read = schema.safeParse(parsed(text));
  if (read.success) return read.data;
  const issues = read.error.issues.map(
    ({ code, path, message }) =>
      `${path.join('.') || 'file'}: ${code === 'unrecognized_keys' ? 'has a field that is not known' : message}`,
  );
  throw new Error(issues.join('; '));
}

/** What is no YAML is as wrong as what is something else than the schema says. */
function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
