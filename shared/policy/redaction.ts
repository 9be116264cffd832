import type { Range } from '../privacy/detect/detector.ts';
import type { Rule } from './policy.ts';

export interface Redaction extends Range {
  readonly rule: Rule;
}

/** Returns `[REDACTED_CODE_NAMES]` for the rule `code-names`. */
export function redactionWord({ id }: Rule): string {
  return `[REDACTED_${id.toUpperCase().replaceAll('-', '_')}]`;
}

/** Returns disjoint redactions in text order; overlapping ones keep the rule of the first. */
export function mergedRanges(redactions: readonly Redaction[]): Redaction[] {
  const merged: { start: number; end: number; rule: Rule }[] = [];
  for (const { start, end, rule } of redactions.toSorted((one, other) => one.start - other.start)) {
    const last = merged.at(-1);
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end, rule });
  }
  return merged;
}
