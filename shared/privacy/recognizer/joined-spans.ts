// Joins overlapping spans of one entity: two windows see the text that they share, and each may see a part of
// a name.

import type { Span } from './analyzer.ts';

export class JoinedSpans {
  readonly #byEntity = new Map<string, Span[]>();

  /** Spans come in the order of the text, but for those in what two windows share. */
  add(span: Span): void {
    const spans = this.#byEntity.get(span.entity) ?? [];
    this.#byEntity.set(span.entity, spans);
    let joined = span;
    const later: Span[] = [];
    for (let last = spans.at(-1); last && last.end > joined.start; last = spans.at(-1)) {
      spans.pop();
      if (last.start >= joined.end) later.push(last);
      else joined = union(last, joined);
    }
    spans.push(joined, ...later.toReversed());
  }

  get all(): Span[] {
    return [...this.#byEntity.values()].flat();
  }
}

function union(one: Span, other: Span): Span {
  return {
    entity: one.entity,
    start: Math.min(one.start, other.start),
    end: Math.max(one.end, other.end),
    score: Math.max(one.score, other.score),
  };
}
