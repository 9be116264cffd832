// A text as the matchers of one policy see it. What several of them need (the folded text, the words
// of all lists, personal data) is made once, when the first of them asks.

import type { Finding, Range } from '../privacy/detect/detector.ts';
import { foldText, type NormalizedText } from './folded-text.ts';
import type { CompiledLexicon } from './lexicon.ts';
import type { TextView } from './matcher.ts';

/** `scan` finds personal data in a text; `goesOn` where there is more behind this one. */
export function textView(
  text: string,
  goesOn: boolean,
  lexicon: CompiledLexicon,
  scan: (text: string) => readonly Finding[],
): TextView {
  let normalized: NormalizedText | undefined;
  let occurrences: ((list: number) => readonly Range[]) | undefined;
  let findings: readonly Finding[] | undefined;
  let derived: Map<unknown, unknown> | undefined;
  const view = {
    text,
    goesOn,
    get normalized() {
      return (normalized ??= foldText(text));
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
