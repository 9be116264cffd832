// Names by their place in letters, contracts, chats and curricula vitae.

import type { Detector, Range } from '../detector.ts';
import { beginsLine, lineAt } from '../personal/labelled-field.ts';
import {
  hasKnownName,
  isFullName,
  isName,
  isPlausible,
  nameEnds,
} from '../personal/person-name.ts';
import { PERSON } from './labelled-name.ts';

/** The name that fills the line at `from`, up to a comma or a column. */
function nameOfLine(text: string, from: number): Range | undefined {
  for (const end of nameEnds(text, from)) {
    const name = text.slice(from, end);
    if (!isPlausible(name) || !/^[ \t]{0,4}(?:$|[\r\n,|]|\\[nr])/.test(text.slice(end, end + 6)))
      continue;
    if (hasKnownName(name)) return { start: from, end };
  }
  return undefined;
}

/** In an address, the title has a line of its own: `Frau\nAnna Koch`. */
const titleLine: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: [
        'frau',
        'herrn',
        'herr',
        'madame',
        'monsieur',
        'signora',
        'egr. sig.',
        'sig.ra',
        'señor',
        'señora',
      ].flatMap((title) => [`${title}\n`, `${title}\r\n`, `${title}\\n`]),
    },
  ],
  find(text, start, end): Range | undefined {
    return beginsLine(text, start) ? fullNameOfLine(text, end) : undefined;
  },
};

function fullNameOfLine(text: string, from: number): Range | undefined {
  const range = nameOfLine(text, from);
  return range && isFullName(text.slice(range.start, range.end)) ? range : undefined;
}

/** Below `Curriculum vitae`, and below the line that begins a signature. */
const headedName: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: ['curriculum vitae', 'lebenslauf', 'résumé', '\n--', '\n-- ', '\\n-- '].flatMap(
        (head) => [`${head}\n`, `${head}\n\n`, `${head}\\n`],
      ),
    },
    {
      kind: 'word',
      words: ['lebenslauf von ', 'curriculum vitae of ', 'cv of ', 'resume of ', '-- \n'],
    },
  ],
  find(text, start, end): Range | undefined {
    const isDashes = text.slice(start, end).includes('--');
    if (
      isDashes &&
      !/^[\s\\n]?-- ?$/.test(text.slice(start, end).trimEnd()) &&
      start > 0 &&
      text[start - 1] !== '\n'
    )
      return undefined;
    return fullNameOfLine(text, end);
  },
};

/** Abbreviated closings: `LG\nAnna`. */
const shortClosing: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: ['lg', 'vg', 'mfg', 'br', 'rgds', 'atte', 'atte.', 'cdt', 'bàv', 'mvg', 'mvh'].flatMap(
        (closing) => ['\n', ',\n', '\\n', ',\\n'].map((end) => closing + end),
      ),
    },
  ],
  find(text, start, end): Range | undefined {
    return beginsLine(text, start) ? nameOfLine(text, end) : undefined;
  },
};

/** The parties of a contract: `between Anna Koch, residing at`. */
const partyName: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: [
        'between ',
        'zwischen ',
        'entre ',
        'hier spricht ',
        'hier ist ',
        'speaking with ',
        'spoke with ',
        'spoke to ',
      ],
    },
  ],
  find(text, _start, end): Range | undefined {
    for (const to of nameEnds(text, end)) {
      const name = text.slice(end, to);
      if (
        isPlausible(name) &&
        isFullName(name) &&
        hasKnownName(name) &&
        /^[ ,.(]|^$/.test(text.slice(to, to + 1))
      )
        return { start: end, end: to };
    }
    return undefined;
  },
};

/** `Anna Koch  9:14 AM` over a message. */
const messageHead: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [' am\n', ' pm\n', ' am]', ' pm]'] }],
  find(text, start): Range | undefined {
    const { line, start: from } = lineAt(text, start, 90);
    const name = /^(?:\*\*)?([^\d\n:*[]{3,60}?)(?:\*\*)? {1,4}\[?\d{1,2}:\d\d$/.exec(line)?.[1];
    if (name === undefined || !isName(name) || !isFullName(name) || !hasKnownName(name))
      return undefined;
    const at = from + line.indexOf(name);
    return { start: at, end: at + name.length };
  },
};

export const LETTER_NAMES: readonly Detector[] = [
  titleLine,
  headedName,
  shortClosing,
  partyName,
  messageHead,
];
