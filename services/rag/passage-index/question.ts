// Weighs a question's terms by inverse document frequency. Terms in no passage weigh most, which exposes
// questions about something else.

/** Terms of one query: the rarest carry most of the meaning, and each costs a scan of its passages. */
export const QUERY_TERMS_MAX = 24;

export interface Statistics {
  /** Number of passages in the collection. */
  readonly passages: number;
  /** Number of passages with the term. */
  frequency(term: string): number;
}

export interface WeightedQuestion {
  /** Terms to search for: those in the collection, the rarest if there are too many. */
  readonly weights: ReadonlyMap<string, number>;
  /** Weight of these terms plus the terms that no passage has. */
  readonly total: number;
}

/** Weighs at most `QUERY_TERMS_MAX` terms; absent terms fill the slots that present ones leave. */
export function weightTerms(terms: readonly string[], statistics: Statistics): WeightedQuestion {
  const withFrequency = terms.map((term) => [term, statistics.frequency(term)] as const);
  const present = withFrequency
    .filter(([, frequency]) => frequency > 0)
    .toSorted(([, one], [, other]) => one - other)
    .slice(0, QUERY_TERMS_MAX)
    .map(([term, frequency]) => [term, idf(statistics.passages, frequency)] as const);
  const absent = Math.min(
    withFrequency.filter(([, frequency]) => frequency === 0).length,
    QUERY_TERMS_MAX - present.length,
  );
  const total = present.reduce((sum, [, weight]) => sum + weight, 0);
  return { weights: new Map(present), total: total + absent * idf(statistics.passages, 0) };
}

/** Share of the question's weight in terms that `has` accepts, 0 to 1; 0 without terms. */
export function coverageOf(question: WeightedQuestion, has: (term: string) => boolean): number {
  if (question.total === 0) return 0;
  let covered = 0;
  for (const [term, weight] of question.weights) if (has(term)) covered += weight;
  return Math.min(1, covered / question.total);
}

/** Lucene's BM25 formula: never negative, even for very common terms. */
function idf(passages: number, frequency: number): number {
  return Math.log(1 + (passages - frequency + 0.5) / (frequency + 0.5));
}
