import type { JsonNode } from './parse.ts';

/** Whether a value has no children. */
export function isScalar({ kind }: JsonNode): boolean {
  return kind !== 'object' && kind !== 'array';
}

/** Whether a value is `null`, `true` or `false`. */
export function isEmpty({ kind }: JsonNode): boolean {
  return kind === 'null' || kind === 'true' || kind === 'false';
}
