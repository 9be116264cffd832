// A text with what the matchers of a policy share (normalized text, words, personal data), each
// computed on first use.

import type { Finding, Range } from '../privacy/detect/detector.ts';
import { normalizeText, type NormalizedText } from './normalized-text.ts';
import type { CompiledLexicon } from './lexicon.ts';
import type { TextView } from './matcher.ts';

/**
 * @param hasMore whether more text follows
 * @param scan finds personal data
 */
export function textView(
  text: string,
  hasMore: boolean,
  lexicon: CompiledLexicon,
  scan: (text: string) => readonly Finding[],
): TextView {
  let normalized: NormalizedText | undefined;
  let occurrences: ((list: number) => readonly Range[]) | undefined;
  let findings: readonly Finding[] | undefined;
  let derived: Map<unknown, unknown> | undefined;
  const view = {
    text,
    hasMore,
    get normalized() {
      return (normalized ??= normalizeText(text));
    },
    occurrences({ index }: { readonly index: number }) {
      occurrences ??= lexicon.occurrences(view.normalized, text);
      return occurrences(index);
    },
    findings: () => (findings ??= scan(text)),
    derived<Value>(make: (text: string) => Value): Value {
      derived ??= new Map();
      if (!derived.has(make)) derived.set(make, make(text));
      return derived.get(make) as Value;
    },
  };
  return view;
}
