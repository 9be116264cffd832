// What the terms of a question weigh in a collection, and how much of that weight a passage has. Rare
// terms weigh more (inverse document frequency), and one that no passage has weighs most: a question
// about something else is known by it.

import { limits } from '../../../shared/limits.ts';

export interface Statistics {
  /** Passages of the collection. */
  readonly passages: number;
  /** How many passages have the term. */
  frequency(term: string): number;
}

export interface WeighedQuestion {
  /** Terms to search for: those the collection has, the rarest where there are too many. */
  readonly weights: ReadonlyMap<string, number>;
  /** The weight of these and of terms that no passage has. */
  readonly total: number;
}

/** Weighs at most `queryTermsMax` terms; absent ones count only where present ones leave worker. */
export function weigh(terms: readonly string[], statistics: Statistics): WeighedQuestion {
  const counted = terms.map((term) => [term, statistics.frequency(term)] as const);
  const present = counted
    .filter(([, frequency]) => frequency > 0)
    .toSorted(([, one], [, other]) => one - other)
    .slice(0, limits.index.queryTermsMax)
    .map(([term, frequency]) => [term, idf(statistics.passages, frequency)] as const);
  const absent = Math.min(
    counted.filter(([, frequency]) => frequency === 0).length,
    limits.index.queryTermsMax - present.length,
  );
  const total = present.reduce((sum, [, weight]) => sum + weight, 0);
  return { weights: new Map(present), total: total + absent * idf(statistics.passages, 0) };
}

/** Share of the question's weight in the terms that `has` knows, 0 to 1; 0 for a question without terms. */
export function coverageOf(question: WeighedQuestion, has: (term: string) => boolean): number {
  if (question.total === 0) return 0;
  let covered = 0;
  for (const [term, weight] of question.weights) if (has(term)) covered += weight;
  return Math.min(1, covered / question.total);
}

/** As in Lucene's BM25: never negative, also for a term that most passages have. */
function idf(passages: number, frequency: number): number {
  return Math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5));
}
