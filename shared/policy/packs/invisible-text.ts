// Finds text that a model reads but a person does not see: tag characters, runs of zero-width characters and
// variation selectors, and direction overrides in left-to-right text (CVE-2021-42574).

import type { Range } from '../../privacy/detect/detector.ts';
import type { MatcherContext, TextMatcher, TextView } from '../matcher.ts';

/** Characters on each side that decide whether the use is legitimate. */
const AROUND_CHARS = 64;
/** Longer runs are reported in parts. */
const RUN_LENGTH_MAX = 1_024;

/** Runs in order of precedence. */
const RUNS = [
  // After a black flag they form the flag of a subdivision (UTS 51, ED-14a).
  { pattern: /[\u{e0000}-\u{e007f}]+/gu, hides: isNotFlag },
  { pattern: /[\u200b\u2060\ufeff\u180e\u2061-\u2064]{2,}/gu, hides: isNotByteOrderMark },
  { pattern: /[\u200b-\u200d\u2060\ufeff]{3,}/gu, hides: () => true },
  { pattern: /[\u200c\u200d]{2,}/gu, hides: () => true },
  { pattern: /[\ufe00-\ufe0f]{3,}/gu, hides: () => true },
  { pattern: /[\u{e0100}-\u{e01ef}]{2,}/gu, hides: () => true },
  { pattern: /[\u115f\u1160\u3164\uffa0]{2,}/gu, hides: () => true },
  { pattern: /[\u202a-\u202e\u2066-\u2069]+/gu, hides: reorders },
];

/** Matches any of the runs; rejects most texts early. */
const ANY_RUN = new RegExp(RUNS.map(({ pattern }) => pattern.source).join('|'), 'u');

const RIGHT_TO_LEFT =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A unit of each character in the runs. */
const UNITS =
  '\u115f\u1160\u180e\u200b\u200c\u200d\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u3164' +
  '\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f\ufeff\uffa0\udb40';

export function invisibleText(context: MatcherContext): TextMatcher {
  return {
    kind: 'text',
    before: AROUND_CHARS,
    after: RUN_LENGTH_MAX + AROUND_CHARS,
    evidence: context.evidence({ units: UNITS }),
    find,
  };
}

function find(view: TextView): readonly Range[] {
  if (!ANY_RUN.test(view.text)) return [];
  const found: Range[] = [];
  for (const { pattern, hides } of RUNS) {
    for (const match of view.text.matchAll(pattern)) {
      const range = { start: match.index, end: match.index + match[0].length };
      if (hides(view, range)) found.push(range);
    }
  }
  return found.toSorted((one, other) => one.start - other.start);
}

function isNotFlag({ text }: TextView, { start, end }: Range): boolean {
  const BLACK_FLAG = '\u{1f3f4}';
  const END_OF_TAG = '\u{e007f}';
  const isFlag = text.endsWith(BLACK_FLAG, start) || text.slice(0, start).endsWith(BLACK_FLAG);
  // The longest subdivision code has six letters.
  return !(isFlag && text.slice(start, end).endsWith(END_OF_TAG) && end - start <= 16);
}

/** Allows a single byte order mark at the beginning of the text. */
function isNotByteOrderMark(_: TextView, { start, end }: Range): boolean {
  return start > 0 || end > 2;
}

/** Direction controls do nothing but reorder text that has only one direction. */
function reorders({ text }: TextView, range: Range): boolean {
  const { start, end } = range;
  const around = text.slice(Math.max(0, start - AROUND_CHARS), end + AROUND_CHARS);
  if (RIGHT_TO_LEFT.test(around)) return false;
  for (let at = start; at < end; at += 1) if (!isBalancedIsolate(text, at)) return true;
  return false;
}

const CONTROLS = /[\u202a-\u202e\u2066-\u2069\n\r\u2028\u2029]/g;
const FIRST_EMBEDDING = 0x202a;
const LAST_EMBEDDING = 0x202e;
const RIGHT_TO_LEFT_ISOLATE = 0x2067;
const END_OF_ISOLATE = 0x2069;
/** Right-to-left order moves brackets and operators, but not the words of a name. */
const NAME_ONLY = /^[\p{L}\p{M}\p{N} .,'’_-]*$/u;

/** Whether an isolate begins or ends here whose other end is near: message libraries put values in them. */
function isBalancedIsolate(text: string, at: number): boolean {
  const isEnd = text.charCodeAt(at) === END_OF_ISOLATE;
  const from = isEnd ? Math.max(0, at - AROUND_CHARS) : at;
  const part = text.slice(from, isEnd ? at + 1 : at + 1 + AROUND_CHARS);
  const open: number[] = [];
  for (const { index, 0: control } of part.matchAll(CONTROLS)) {
    const code = control.charCodeAt(0);
    if (code < FIRST_EMBEDDING || (code >= 0x2028 && code <= 0x2029)) open.length = 0;
    else if (code <= LAST_EMBEDDING) return false;
    else if (code !== END_OF_ISOLATE) open.push(index);
    else {
      const opened = open.pop();
      const isWanted = isEnd ? from + index === at : opened === 0;
      if (isWanted) return opened !== undefined && keepsOrder(part, opened, index);
    }
    if (!isEnd && open.length === 0) return false;
  }
  return false;
}

function keepsOrder(text: string, opened: number, closed: number): boolean {
  if (text.charCodeAt(opened) !== RIGHT_TO_LEFT_ISOLATE) return true;
  return NAME_ONLY.test(text.slice(opened + 1, closed));
}
