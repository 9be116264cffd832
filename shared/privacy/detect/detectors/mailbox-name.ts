// Names of people before a mail address in angle brackets, as in mail headers and Git trailers.

import type { Detector, Range } from '../detector.ts';
import { isCredit } from '../personal/credits.ts';
import { hasFirstName, isFullName, isName, NAME_LENGTH_MAX } from '../personal/person-name.ts';
import { PERSON } from './labelled-name.ts';

/** `Anna Koch <anna@…>`, `"Koch, Anna" <…>`: the whole of a mail header, a trailer, a list of authors. */
export const mailboxName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'char', chars: '@' }],
  find(text, start): Range | undefined {
    const from = Math.max(0, start - MAILBOX_REACH);
    const open = from + text.slice(from, start).lastIndexOf('<');
    if (open < from || !LOCAL_PART.test(text.slice(open + 1, start))) return undefined;
    const before = text.slice(Math.max(0, open - NAME_LENGTH_MAX), open);
    const gap = /\\{0,3}["']?[ \t]{1,2}$|["']$/.exec(before);
    if (!gap) return undefined;
    const end = open - gap[0].length;
    const lead = before.slice(0, gap.index);
    if (isCredit(text, end)) return undefined;
    // The name begins after the last mark that no name contains.
    const clause = /[^\n\t\d"'`:;<>()[\]{}=|\\/*#@]*$/.exec(lead)?.[0] ?? '';
    const after = /^[\s-]*(?:(?:by|von|from|and|und)\s)?/.exec(clause)?.[0].length ?? 0;
    for (const candidate of candidates(clause.slice(after))) {
      if (isName(candidate) && (isFullName(candidate) || hasFirstName(candidate)))
        return { start: end - candidate.length, end };
    }
    const name = lastName(clause);
    return name === undefined ? undefined : { start: end - name.length, end };
  },
};

/** The name at the end of a sentence: `Am Montag um 9 Uhr schrieb Anna Koch`. */
export function lastName(clause: string): string | undefined {
  const starts = [...clause.matchAll(/(?<![\p{L}\p{M}\d'’.-])\p{Lu}/gu)].slice(-5);
  return starts
    .map(({ index }) => clause.slice(index))
    .find((name) => isName(name) && isFullName(name) && hasFirstName(name));
}

const MAILBOX_REACH = 66;
const LOCAL_PART = /^[\w.+%-]{1,64}$/;

/** The clause as a whole, then what follows its last comma. */
function candidates(clause: string): string[] {
  const last = clause.split(/,\s*/).at(-1) ?? '';
  return [clause, last];
}
