// From what a model says about tokens to spans of text.

import type { Span } from './analyzer.ts';
import type { Token } from './word-piece.ts';

/** Tokens that two windows of a model share; each takes the half that is farther from its edge. */
const OVERLAP_TOKENS = 64;

/** What the model calls them, in Presidio's words. */
const ENTITIES: Readonly<Record<string, string>> = {
  PER: 'PERSON',
  LOC: 'LOCATION',
  GPE: 'LOCATION',
  ORG: 'ORGANIZATION',
  DATE: 'DATE_TIME',
};

export interface TokenWindow {
  /** Tokens given to the model. */
  readonly from: number;
  readonly to: number;
  /** Tokens whose labels count; those of all windows together are all tokens. */
  readonly first: number;
  readonly last: number;
}

export function tokenWindows(count: number, tokensMax: number): TokenWindow[] {
  const overlap = Math.min(OVERLAP_TOKENS, tokensMax >> 1);
  const windows: TokenWindow[] = [];
  let first = 0;
  for (let from = 0; first < count; from += tokensMax - overlap) {
    const to = Math.min(count, from + tokensMax);
    const last = to === count ? count : to - (overlap >> 1);
    windows.push({ from, to, first, last });
    first = last;
  }
  return windows;
}

/** A label such as `B-PER`, and how certain the model is. */
export interface TokenLabel {
  readonly label: string;
  readonly score: number;
}

/** The most probable label by softmax. */
export function bestLabel(logits: ArrayLike<number>, labels: readonly string[]): TokenLabel {
  const values = Array.from(logits);
  const max = Math.max(...values);
  if (values.length !== labels.length || !Number.isFinite(max)) {
    throw new Error('the model returned something else than a number for each label');
  }
  const score = 1 / values.reduce((sum, value) => sum + Math.exp(value - max), 0);
  return { label: labels[values.indexOf(max)] ?? 'O', score };
}

/** Joins words of one entity. The first token of a word decides, as in training. */
export function spansOf(tokens: readonly Token[], labels: readonly TokenLabel[]): Span[] {
  const spans: Span[] = [];
  let open: { start: number; end: number; kind: string; scores: number[] } | undefined;
  const close = () => {
    if (!open) return;
    const { start, end, kind, scores } = open;
    const score = scores.reduce((sum, each) => sum + each, 0) / scores.length;
    spans.push({ start, end, entity: ENTITIES[kind] ?? kind, score });
    open = undefined;
  };
  for (const [index, { start, end, isFirst }] of tokens.entries()) {
    if (!isFirst) {
      if (open && tokenContinues(tokens, index, open.end)) open.end = end;
      continue;
    }
    const { label, score } = labels[index] ?? { label: 'O', score: 0 };
    const [, begins = '', kind = ''] = /^(?:([BIESLU])-)?(.*)$/s.exec(label) ?? [];
    if (kind === 'O' && begins === '') close();
    else if (open?.kind === kind && !/[BSU]/.test(begins)) {
      open.end = end;
      open.scores.push(score);
    } else {
      close();
      open = { start, end, kind, scores: [score] };
    }
  }
  close();
  return spans;
}

/** Whether the token before belongs to the open span. */
function tokenContinues(tokens: readonly Token[], index: number, end: number): boolean {
  return tokens[index - 1]?.end === end;
}
