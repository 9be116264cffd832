import type { Edit } from '../../shared/json/edit.ts';
import type { TextNode } from '../../shared/json/parse.ts';
import { mergedRanges, redactionWord, type Redaction } from '../../shared/policy/redaction.ts';
import { rawOffsets } from '../../shared/json/offsets.ts';
import type { RequestEvaluation } from './request-evaluation.ts';

/** Edits that replace each match with a marker naming its rule; overlapping matches share one marker. */
export function* redactions(text: string, { hits }: RequestEvaluation): Generator<void, Edit[]> {
  const byNode = new Map<TextNode, Redaction[]>();
  for (const { rule, places } of hits) {
    if (rule.action !== 'redact') continue;
    for (const { node, ranges } of places) {
      const found = byNode.get(node) ?? [];
      for (const { start, end } of ranges) {
        found.push({ start, end, rule });
        if (found.length % STEP_RANGES === 0) yield;
      }
      byNode.set(node, found);
    }
  }
  const edits: Edit[] = [];
  for (const [node, found] of byNode) {
    for (const edit of editsOf(text, node, found)) edits.push(edit);
    yield;
  }
  return edits;
}

/** Ranges read between two yields: less than a millisecond. */
const STEP_RANGES = 4_096;

function editsOf(text: string, node: TextNode, found: readonly Redaction[]): Edit[] {
  const merged = mergedRanges(found);
  if (node.kind === 'number') {
    // A string in place of the complete number, as only that is JSON.
    const { start, end } = node;
    return merged.slice(0, 1).map(({ rule }) => ({ start, end, text: `"${redactionWord(rule)}"` }));
  }
  const literal = text.slice(node.start, node.end);
  const offsets = merged.flatMap(({ start, end }) => [start, end]);
  const raw = rawOffsets(literal, offsets);
  return merged.map(({ rule }, index) => ({
    start: node.start + (raw[2 * index] ?? 0),
    end: node.start + (raw[2 * index + 1] ?? 0),
    // Needs no JSON escaping.
    text: redactionWord(rule),
  }));
}
