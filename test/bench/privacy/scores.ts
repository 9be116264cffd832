// Scores findings against gold. A value counts as found when the findings on it and it have at least half
// of their characters in common, whatever they call it; a finding is right when at least half of it is gold.

import type { Gold } from './corpus.ts';
import type { LabelledText } from './labelled.ts';

export interface Score {
  readonly values: number;
  readonly found: number;
  /** Found with all their characters. */
  readonly complete: number;
  readonly goldChars: number;
  readonly leakedChars: number;
}

export interface Scores {
  readonly byEntity: ReadonlyMap<string, Score>;
  readonly all: Score;
  readonly findings: number;
  readonly right: number;
  /** Findings that are not gold, with the text that they stand in. */
  readonly wrong: readonly { readonly id: string; readonly range: Gold }[];
}

const SHARE = 0.5;
const NO_SCORE: Score = { values: 0, found: 0, complete: 0, goldChars: 0, leakedChars: 0 };

/** @param found the ranges that were found in each text, in the order of the texts */
export function scoresOf(
  texts: readonly LabelledText[],
  found: readonly (readonly Gold[])[],
): Scores {
  const byEntity = new Map<string, Score>();
  const wrong: { id: string; range: Gold }[] = [];
  let findings = 0;
  for (const [index, { id, gold }] of texts.entries()) {
    const ranges = found[index] ?? [];
    findings += ranges.length;
    for (const range of ranges) {
      if (covered(range, gold) < SHARE * lengthOf(range)) wrong.push({ id, range });
    }
    for (const value of gold) {
      byEntity.set(
        value.entity,
        sum(byEntity.get(value.entity) ?? NO_SCORE, scoreOf(value, ranges)),
      );
    }
  }
  const all = [...byEntity.values()].reduce(sum, NO_SCORE);
  return { byEntity, all, findings, right: findings - wrong.length, wrong };
}

export const recallOf = ({ found, values }: Score): number => found / values;
export const precisionOf = ({ right, findings }: Pick<Scores, 'right' | 'findings'>): number =>
  right / findings;
export const leakRateOf = ({ leakedChars, goldChars }: Score): number => leakedChars / goldChars;

/** Recall counts twice as much as precision. */
export function f2Of(scores: Scores): number {
  const [precision, recall] = [precisionOf(scores), recallOf(scores.all)];
  return (5 * precision * recall) / (4 * precision + recall);
}

function scoreOf(value: Gold, ranges: readonly Gold[]): Score {
  const on = ranges.filter((range) => overlap(value, range) > 0);
  const common = covered(value, on);
  const union = lengthOf(value) + on.reduce((chars, range) => chars + lengthOf(range), 0) - common;
  return {
    values: 1,
    found: common / union >= SHARE ? 1 : 0,
    complete: common === lengthOf(value) ? 1 : 0,
    goldChars: lengthOf(value),
    leakedChars: lengthOf(value) - common,
  };
}

function sum(one: Score, other: Score): Score {
  return {
    values: one.values + other.values,
    found: one.found + other.found,
    complete: one.complete + other.complete,
    goldChars: one.goldChars + other.goldChars,
    leakedChars: one.leakedChars + other.leakedChars,
  };
}

/** Characters of `range` that stand in any of `others`, which may overlap. */
function covered(range: Gold, others: readonly Gold[]): number {
  let chars = 0;
  let { start } = range;
  for (const other of others.toSorted((a, b) => a.start - b.start)) {
    const from = Math.max(start, other.start);
    const to = Math.min(range.end, other.end);
    if (to <= from) continue;
    chars += to - from;
    start = to;
  }
  return chars;
}

function lengthOf({ start, end }: Gold): number {
  return end - start;
}

function overlap(one: Gold, other: Gold): number {
  return Math.max(0, Math.min(one.end, other.end) - Math.max(one.start, other.start));
}
