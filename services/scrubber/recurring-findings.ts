// Finds values from earlier texts of a request in later ones where no detector sees them. Results are
// cached, because a conversation repeats the same texts in the same order.

import type { TextNode } from '../../shared/json/parse.ts';
import type { ScanLimits } from '../../shared/limits.ts';
import { LruCache } from '../../shared/runtime/lru-cache.ts';
import { rawOffsets } from '../../shared/json/offsets.ts';
import type { ParsedRequest } from '../../shared/anthropic/parsed-request.ts';
import type { RecurringValues } from './recurring-values.ts';
import { NO_FINDINGS, type TextFinding } from '../../shared/privacy/text-finder.ts';

interface CachedFindings {
  /** See `RecurringValues.key`. */
  readonly key: string;
  readonly findings: readonly TextFinding[];
}

export class RecurringFindings {
  readonly #limits: ScanLimits;
  /** Latest findings per text: what the next turn of a conversation needs. */
  readonly #cache: LruCache<CachedFindings>;

  constructor(limits: ScanLimits) {
    this.#limits = limits;
    this.#cache = new LruCache(limits.cacheEntriesMax);
  }

  /** Occurrences of known values in a text, outside the detectors' `findings`. */
  find(
    body: ParsedRequest,
    node: TextNode,
    findings: readonly TextFinding[],
    values: RecurringValues,
  ): readonly TextFinding[] {
    if (values.size === 0) return NO_FINDINGS;
    if (node.end - node.start < this.#limits.cacheCharsMin) {
      return search(body, node, findings, values);
    }
    const { key } = body.textAt(node);
    const cached = this.#cache.get(key);
    if (cached?.key === values.key) return cached.findings;
    const found = search(body, node, findings, values);
    this.#cache.set(key, { key: values.key, findings: found });
    return found;
  }
}

function search(
  body: ParsedRequest,
  node: TextNode,
  findings: readonly TextFinding[],
  values: RecurringValues,
): readonly TextFinding[] {
  const { literal, value, unsigned } = body.textAt(node);
  if (node.kind === 'number') {
    const [whole] = findings.length > 0 ? [] : values.occurrencesIn(unsigned, []);
    if (whole?.value !== unsigned) return NO_FINDINGS;
    return [{ ...whole, value, start: 0, end: literal.length, at: 0 }];
  }
  const content = { start: node.start + 1, end: node.end - 1 };
  // Without escapes, as in most texts, offsets match and the body is searched in place.
  if (value.length === content.end - content.start) {
    const taken = findings.map(({ start, end }) => ({
      start: node.start + start,
      end: node.start + end,
    }));
    const occurrences = values.occurrencesIn(body.text, taken, content);
    if (occurrences.length === 0) return NO_FINDINGS;
    return occurrences.map(({ start, end, ...occurrence }) => ({
      ...occurrence,
      start: start - node.start,
      end: end - node.start,
      at: start - content.start,
    }));
  }
  const taken = findings.map((finding) => ({
    start: finding.at,
    end: finding.at + finding.value.length,
  }));
  const occurrences = values.occurrencesIn(value, taken);
  if (occurrences.length === 0) return NO_FINDINGS;
  const offsets = occurrences.flatMap(({ start, end }) => [start, end]);
  const raw = rawOffsets(literal, offsets);
  return occurrences.map(({ start: at, end: _end, ...occurrence }, index) => {
    const [start = 0, end = 0] = raw.slice(2 * index, 2 * index + 2);
    return { ...occurrence, start, end, at };
  });
}
