// Names of people before a mail address in angle brackets, as in mail headers and Git trailers.

import {
  codeAt,
  DOT,
  DOUBLE_QUOTE,
  isWord,
  MINUS,
  PERCENT,
  PLUS,
  SINGLE_QUOTE,
  SPACE,
  TAB,
} from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { isCredit } from '../personal/credits.ts';
import { hasFirstName, isFullName, isName, NAME_LENGTH_MAX } from '../personal/person-name.ts';
import { PERSON } from './labelled-name.ts';

/** `Anna Koch <anna@…>`, `"Koch, Anna" <…>`: the whole of a mail header, a trailer, a list of authors. */
export const mailboxName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'char', chars: '@', before: /[\w.+%-]/ }],
  find(text, start): Range | undefined {
    const open = localPartStart(text, start) - 1;
    if (open === start - 1 || text[open] !== '<') return undefined;
    const sign = codeAt(text, open - 1);
    if (sign !== SPACE && sign !== TAB && sign !== DOUBLE_QUOTE && sign !== SINGLE_QUOTE)
      return undefined;
    const before = text.slice(Math.max(0, open - NAME_LENGTH_MAX), open);
    const gap = /\\{0,3}["']?[ \t]{1,2}$|["']$/.exec(before);
    if (!gap) return undefined;
    const end = open - gap[0].length;
    const lead = before.slice(0, gap.index);
    // The name begins after the last mark that no name contains.
    const clause = lead.slice(clauseStart(lead));
    const after = /^[\s-]*(?:(?:by|von|from|and|und)\s)?/.exec(clause)?.[0].length ?? 0;
    const name =
      candidates(clause.slice(after)).find(
        (candidate) => isName(candidate) && (isFullName(candidate) || hasFirstName(candidate)),
      ) ?? lastName(clause);
    return name === undefined || isCredit(text, end)
      ? undefined
      : { start: end - name.length, end };
  },
};

function clauseStart(lead: string): number {
  let start = lead.length;
  while (start > 0 && MARKS[codeAt(lead, start - 1)] === 0) start--;
  return start;
}

/** Marks that no name contains. */
const MARKS = new Uint8Array(0x10000);
for (const mark of '\n\t0123456789"\'`:;<>()[]{}=|\\/*#@') MARKS[mark.charCodeAt(0)] = 1;

/** The name at the end of a sentence: `Am Montag um 9 Uhr schrieb Anna Koch`. */
export function lastName(clause: string): string | undefined {
  const starts = [...clause.matchAll(/(?<![\p{L}\p{M}\d'’.-])\p{Lu}/gu)].slice(-5);
  return starts
    .map(({ index }) => clause.slice(index))
    .find((name) => isName(name) && isFullName(name) && hasFirstName(name));
}

const LOCAL_LENGTH_MAX = 64;

/** Returns where the local part of an address before its `@` starts. */
function localPartStart(text: string, at: number): number {
  let start = at;
  const limit = Math.max(0, at - LOCAL_LENGTH_MAX);
  while (start > limit && isLocal(codeAt(text, start - 1))) start--;
  return start;
}

function isLocal(code: number): boolean {
  return isWord(code) || code === DOT || code === MINUS || code === PLUS || code === PERCENT;
}

/** The clause as a whole, then what follows its last comma. */
function candidates(clause: string): string[] {
  const last = clause.split(/,\s*/).at(-1) ?? '';
  return [clause, last];
}
