// What redacting rules take out of a request: each match becomes a fixed word that names its rule.
// Matches of several rules that overlap become one.

import type { Edit } from '../../shared/json/edit.ts';
import type { JsonString } from '../../shared/json/parse.ts';
import { mergedRanges, redactionWord, type Redaction } from '../../shared/policy/redaction.ts';
import { rawOffsets } from '../../shared/json/offsets.ts';
import type { Judgement } from './request-evaluation.ts';

/** Edits of the body `text`. */
export function redactions(text: string, { hits }: Judgement): Edit[] {
  const bySpan = new Map<JsonString, Redaction[]>();
  for (const { rule, places } of hits) {
    if (rule.action !== 'redact') continue;
    for (const { span, ranges } of places) {
      const known = bySpan.get(span) ?? [];
      known.push(...ranges.map(({ start, end }) => ({ start, end, rule })));
      bySpan.set(span, known);
    }
  }
  return Array.from(bySpan).flatMap(([span, found]) => editsOf(text, span, found));
}

function editsOf(text: string, span: JsonString, found: readonly Redaction[]): Edit[] {
  const merged = mergedRanges(found);
  const literal = text.slice(span.start, span.end);
  const places = merged.flatMap(({ start, end }) => [start, end]);
  const raw = rawOffsets(literal, places);
  return merged.map(({ rule }, index) => ({
    start: span.start + (raw[2 * index] ?? 0),
    end: span.start + (raw[2 * index + 1] ?? 0),
    // Needs no escaping in a JSON string.
    text: redactionWord(rule),
  }));
}
