// Finds values from earlier texts of a request in later ones where no detector sees them. Results are
// remembered, because a conversation repeats the same texts in the same order.

import type { ScanLimits } from '../../shared/limits.ts';
import type { Range } from '../../shared/privacy/detect/detector.ts';
import type { Facts, FactTable } from '../../shared/runtime/fact-table.ts';
import type { TextValue } from '../../shared/json/text-value.ts';
import type { RecurringValues } from './recurring-values.ts';
import { ValueRows } from './value-rows.ts';
import { NO_FINDINGS, placed, QUOTE, type TextFinding } from '../../shared/privacy/text-finding.ts';

interface KnownFindings {
  /** See `RecurringValues.rowOf`. */
  readonly row: number;
  readonly isByModel: boolean;
  /** With their places in a literal without escapes. */
  readonly findings: readonly TextFinding[];
}

/** Findings handled between two yields: less than a millisecond. */
const SLICE_FINDINGS = 1_024;
/** What a known finding takes; its value is that of another one. */
const FINDING_BYTES = 100;
/** What the findings of a text take besides. */
const KNOWN_BYTES = 80;

export class RecurringFindings {
  readonly #limits: ScanLimits;
  /** Latest findings per text: what the next turn of a conversation needs. */
  readonly #known: Facts<KnownFindings>;
  readonly #rows: ValueRows;

  constructor(limits: ScanLimits, facts: FactTable) {
    this.#limits = limits;
    this.#known = facts.kind(({ findings }) => KNOWN_BYTES + FINDING_BYTES * findings.length);
    this.#rows = new ValueRows(facts);
  }

  /**
   * Occurrences of the first `known` values in a text, outside the detectors' `findings`.
   * @param isByModel whether the model wrote the text: see `RecurringValues.occurrencesIn`
   */
  *find(
    text: TextValue,
    findings: readonly TextFinding[],
    values: RecurringValues,
    known: number,
    isByModel: boolean,
  ): Generator<void, readonly TextFinding[]> {
    if (known === 0) return NO_FINDINGS;
    if (text.literal.length < this.#limits.cacheCharsMin) {
      return yield* placed(text, yield* search(text, findings, values, known, isByModel));
    }
    const row = yield* values.rowOf(known, this.#rows);
    const before = this.#known.get(text.key);
    if (before?.row === row && before.isByModel === isByModel) {
      return yield* placed(text, before.findings);
    }
    const found = yield* search(text, findings, values, known, isByModel);
    this.#known.set(text.key, { row, isByModel, findings: found });
    return yield* placed(text, found);
  }
}

function* search(
  text: TextValue,
  findings: readonly TextFinding[],
  values: RecurringValues,
  known: number,
  isByModel: boolean,
): Generator<void, readonly TextFinding[]> {
  const { value } = text;
  if (text.isNumber) return yield* searchNumber(text, findings, values, known);
  const taken: Range[] = [];
  for (const { at, value: found } of findings) {
    taken.push({ start: at, end: at + found.length });
    if (taken.length % SLICE_FINDINGS === 0) yield;
  }
  const occurrences = yield* values.occurrencesIn(value, taken, known, isByModel);
  if (occurrences.length === 0) return NO_FINDINGS;
  const found: TextFinding[] = [];
  for (const { start, end, ...occurrence } of occurrences) {
    found.push({ ...occurrence, start: QUOTE + start, end: QUOTE + end, at: start });
    if (found.length % SLICE_FINDINGS === 0) yield;
  }
  return found;
}

/** A number is a known value as a whole or not at all. */
function* searchNumber(
  { literal, value, unsigned }: TextValue,
  findings: readonly TextFinding[],
  values: RecurringValues,
  known: number,
): Generator<void, readonly TextFinding[]> {
  if (findings.length > 0) return NO_FINDINGS;
  const [whole] = yield* values.occurrencesIn(unsigned, [], known);
  if (whole?.value !== unsigned) return NO_FINDINGS;
  return [{ ...whole, value, start: 0, end: literal.length, at: 0 }];
}
