// What is to be changed in one text, as positions in its JSON literal. Depends on nothing but the
// text, so it can be remembered: the tenant's placeholders and rules are applied afterwards.

import type { Scanner } from '../../shared/detect/scan.ts';
import { stringAt } from '../../shared/json-splice.ts';
import type { StringSpan } from '../../shared/json-scan.ts';
import { rawOffsets } from './raw-offsets.ts';

/** A value found in a text. */
export interface Find {
  /** Offsets within the literal, from its opening quote. */
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly entity: string;
  /** The label of its placeholder, a function of the value alone. */
  readonly label: string;
}

export const NOTHING: readonly Find[] = Object.freeze([]);

/** Scans in slices: the generator yields wherever the caller may let others work. */
export function* findsIn(
  text: string,
  span: StringSpan,
  scanner: Scanner,
): Generator<void, readonly Find[]> {
  const value = stringAt(text, span);
  const findings = yield* scanner.slices(value);
  if (findings.length === 0) return NOTHING;
  const literal = text.slice(span.start, span.end);
  const raw = rawOffsets(
    literal,
    findings.flatMap(({ start, end }) => [start, end]),
  );
  return findings.map(({ start, end, detector }, index) => {
    // A copy: a slice would keep the whole body alive as long as it is remembered.
    const found = Buffer.from(value.slice(start, end), 'utf16le').toString('utf16le');
    return {
      start: raw[2 * index] ?? 0,
      end: raw[2 * index + 1] ?? 0,
      value: found,
      entity: detector.entity,
      label: scanner.labelOf(found),
    };
  });
}
