// Finds values from earlier texts of a request in later ones where no detector sees them. Results are
// cached, because a conversation repeats the same texts in the same order.

import type { JsonString } from '../../shared/json/parse.ts';
import type { Limits } from '../../shared/limits.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import { rawOffsets } from '../../shared/json/offsets.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { RecurringValues } from './recurring-values.ts';
import { NOTHING, type Find } from './text-finder.ts';

interface Remembered {
  /** See `RecurringValues.key`. */
  readonly key: string;
  readonly finds: readonly Find[];
}

export class RecurringFindings {
  readonly #limits: Pick<Limits, 'scanCacheEntriesMax' | 'scanCacheCharsMin'>;
  /** Latest findings per text: what the next turn of a conversation needs. */
  readonly #cache: LruCache<Remembered>;

  constructor(limits: Pick<Limits, 'scanCacheEntriesMax' | 'scanCacheCharsMin'>) {
    this.#limits = limits;
    this.#cache = new LruCache(limits.scanCacheEntriesMax);
  }

  /** Occurrences of known values in a text, outside the detectors' `findings`. */
  find(
    body: ParsedRequest,
    span: JsonString,
    finds: readonly Find[],
    known: RecurringValues,
  ): readonly Find[] {
    if (known.size === 0) return NOTHING;
    if (span.end - span.start < this.#limits.scanCacheCharsMin) {
      return look(body, span, finds, known);
    }
    const { key } = body.textAt(span);
    const remembered = this.#cache.get(key);
    if (remembered?.key === known.key) return remembered.finds;
    const more = look(body, span, finds, known);
    this.#cache.set(key, { key: known.key, finds: more });
    return more;
  }
}

function look(
  body: ParsedRequest,
  span: JsonString,
  finds: readonly Find[],
  known: RecurringValues,
): readonly Find[] {
  const inner = { start: span.start + 1, end: span.end - 1 };
  const { literal, value: whole } = body.textAt(span);
  // Without escapes, as in most texts, offsets match and the body is searched in place.
  if (whole.length === inner.end - inner.start) {
    const taken = finds.map(({ start, end }) => ({
      start: span.start + start,
      end: span.start + end,
    }));
    const here = known.occurrencesIn(body.text, taken, inner);
    if (here.length === 0) return NOTHING;
    return here.map(({ start, end, ...value }) => ({
      ...value,
      start: start - span.start,
      end: end - span.start,
      at: start - inner.start,
    }));
  }
  const taken = finds.map(({ at, value }) => ({ start: at, end: at + value.length }));
  const occurrences = known.occurrencesIn(whole, taken);
  if (occurrences.length === 0) return NOTHING;
  const places = occurrences.flatMap(({ start, end }) => [start, end]);
  const raw = rawOffsets(literal, places);
  return occurrences.map(({ value, entity, label, start: at }, index) => {
    const [start = 0, end = 0] = raw.slice(2 * index, 2 * index + 2);
    return { start, end, at, value, entity, label };
  });
}
