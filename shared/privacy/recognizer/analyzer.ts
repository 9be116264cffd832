import type { Range } from '../detect/detector.ts';

/** What an analyzer found in a text, in UTF-16 offsets. */
export interface Span extends Range {
  /** As the analyzer calls it. */
  readonly entity: string;
  /** From 0 to 1. */
  readonly score: number;
}

/** Finds names in texts. The result for a text depends on nothing but the texts of its call. */
export interface Analyzer {
  /** Texts and characters of one call. */
  readonly textsMax: number;
  readonly charsMax: number;
  /** Rejects when it fails, or with the signal's reason. */
  analyze(texts: readonly string[], signal: AbortSignal): Promise<Span[][]>;
}
