// Text that a model reads and a person does not see: tag characters, runs of zero-width characters and
// of variation selectors, and turns of the writing direction where nothing is written from the right
// ("Trojan Source", CVE-2021-42574).

import type { Range } from '../../privacy/detect/detector.ts';
import type { TextMatcher, TextView } from '../matcher.ts';

/** Units on each side that are looked at to tell a legitimate use. */
const AROUND_UNITS = 64;
/** A run that is longer is reported in parts. */
const RUN_UNITS_MAX = 1_024;

/** In order of precedence; each a run. */
const RUNS = [
  // Behind a black flag they are the flag of a country's part (UTS 51, ED-14a).
  { pattern: /[\u{e0000}-\u{e007f}]+/gu, hides: isNoFlag },
  { pattern: /[\u200b\u2060\ufeff\u180e\u2061-\u2064]{2,}/gu, hides: isNoFileMark },
  { pattern: /[\u200b-\u200d\u2060\ufeff]{3,}/gu, hides: () => true },
  { pattern: /[\u200c\u200d]{2,}/gu, hides: () => true },
  { pattern: /[\ufe00-\ufe0f]{3,}/gu, hides: () => true },
  { pattern: /[\u{e0100}-\u{e01ef}]{2,}/gu, hides: () => true },
  { pattern: /[\u115f\u1160\u3164\uffa0]{2,}/gu, hides: () => true },
  { pattern: /[\u202a-\u202e\u2066-\u2069]+/gu, hides: isNoRightToLeft },
];

/** Any of them: texts without are nearly all. */
const ANY_RUN = new RegExp(RUNS.map(({ pattern }) => pattern.source).join('|'), 'u');

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

export const invisibleText: TextMatcher = {
  kind: 'text',
  before: AROUND_UNITS,
  after: RUN_UNITS_MAX + AROUND_UNITS,
  find(view) {
    if (!ANY_RUN.test(view.text)) return [];
    const found: Range[] = [];
    for (const { pattern, hides } of RUNS) {
      for (const match of view.text.matchAll(pattern)) {
        const range = { start: match.index, end: match.index + match[0].length };
        if (hides(view, range)) found.push(range);
      }
    }
    return found.toSorted((one, other) => one.start - other.start);
  },
};

function isNoFlag({ text }: TextView, { start, end }: Range): boolean {
  const BLACK_FLAG = '\u{1f3f4}';
  const END_OF_TAG = '\u{e007f}';
  const isFlag = text.endsWith(BLACK_FLAG, start) || text.slice(0, start).endsWith(BLACK_FLAG);
  // The longest subdivision has six messages.
  return !(isFlag && text.slice(start, end).endsWith(END_OF_TAG) && end - start <= 16);
}

/** A byte order mark and no more stands at the beginning of many files. */
function isNoFileMark(_: TextView, { start, end }: Range): boolean {
  return start > 0 || end > 2;
}

function isNoRightToLeft({ text }: TextView, { start, end }: Range): boolean {
  return !RIGHT_TO_LEFT.test(text.slice(Math.max(0, start - AROUND_UNITS), end + AROUND_UNITS));
}
