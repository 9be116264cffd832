// A text with what the matchers of a policy share (normalized text, words, personal data), each
// computed on first use.

import type { Finding, Range } from '../privacy/detect/detector.ts';
import { normalizeText, type NormalizedText } from './normalized-text.ts';
import type { EvidenceBook, FoundKeywords, Shown } from './evidence.ts';
import type { CompiledLexicon } from './lexicon.ts';
import type { TextView } from './matcher.ts';

export interface TextViewContext {
  readonly lexicon: CompiledLexicon;
  readonly evidence: Pick<EvidenceBook, 'shownIn'>;
  /** Finds personal data. */
  readonly scan: (text: string) => readonly Finding[];
}

/**
 * @param hasMore whether more text follows
 * @param isClean whether the text is known to hold no personal data
 * @param found evidence that a pass over the body found
 */
export function textView(
  text: string,
  hasMore: boolean,
  isClean: boolean,
  { lexicon, evidence, scan }: TextViewContext,
  found?: FoundKeywords,
): TextView {
  let shown: Shown | undefined;
  let normalized: NormalizedText | undefined;
  let occurrences: ((list: number) => readonly Range[]) | undefined;
  let findings: readonly Finding[] | undefined;
  let derived: Map<unknown, unknown> | undefined;
  const view = {
    text,
    hasMore,
    isClean,
    get normalized() {
      return (normalized ??= normalizeText(text));
    },
    occurrences({ index }: { readonly index: number }) {
      occurrences ??= lexicon.occurrences(view.normalized, text);
      return occurrences(index);
    },
    get shown() {
      return (shown ??= evidence.shownIn(text, () => view.normalized.text, found));
    },
    findings: () => (findings ??= isClean ? NO_FINDINGS : scan(text)),
    derived<Value>(make: (text: string) => Value): Value {
      derived ??= new Map();
      if (!derived.has(make)) derived.set(make, make(text));
      return derived.get(make) as Value;
    },
  };
  return view;
}

const NO_FINDINGS: readonly Finding[] = [];
