import type { Edit } from '../../shared/json/edit.ts';
import type { JsonString } from '../../shared/json/parse.ts';
import { mergedRanges, redactionWord, type Redaction } from '../../shared/policy/redaction.ts';
import { rawOffsets } from '../../shared/json/offsets.ts';
import type { Judgement } from './request-evaluation.ts';

/** Edits that replace each match with a marker naming its rule; overlapping matches share one marker. */
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
    // Needs no JSON escaping.
    text: redactionWord(rule),
  }));
}
