// Parses a YAML or JSON setting that may hold credentials, or be the wrong file: issues name paths, never
// values.

import { parse } from 'yaml';
import type * as z from 'zod';

/** @throws Error that lists the path of every issue. */
export function readOperatorFile<T>(text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(parseYaml(text));
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    ({ code, path, message }) =>
      `${path.join('.') || 'file'}: ${code === 'unrecognized_keys' ? 'has an unknown field' : message}`,
  );
  throw new Error(issues.join('; '));
}

/** `undefined` for invalid YAML, which the schema then rejects. */
function parseYaml(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
