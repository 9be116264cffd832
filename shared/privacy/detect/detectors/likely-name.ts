// A common first name before a word with a capital. Not at the default level: such words also name streets,
// products and places.

import type { Detector, Range } from '../detector.ts';
import { beginsWord } from '../personal/labelled-field.ts';
import { FIRST_NAMES } from '../personal/first-names.ts';
import { casedNameEnd, isFullName, isPlausible } from '../personal/person-name.ts';
import { PERSON } from './labelled-name.ts';

/** A part of an identifier, a call or a sentence in title case follows. */
const NOT_AFTER = /^(?:[_([{=<>/@#]|\.\w|::|->|'\w{2})/;

export const likelyName: Detector = {
  ...PERSON,
  tier: 'C',
  triggers: [{ kind: 'word', words: [...FIRST_NAMES].map((name) => `${name} `) }],
  find(text, start, end): Range | undefined {
    const name = text.slice(start, end - 1);
    if (!isCapitalized(name) || !beginsWord(text, start)) return undefined;
    const at = casedNameEnd(text, start);
    if (at === undefined || at <= end) return undefined;
    const found = text.slice(start, at);
    if (!isFullName(found) || !isPlausible(found) || NOT_AFTER.test(text.slice(at, at + 3)))
      return undefined;
    return { start, end: at };
  },
};

/** Refuses all capitals, which are constants and headings. */
function isCapitalized(name: string): boolean {
  return /^\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?$/u.test(name);
}
