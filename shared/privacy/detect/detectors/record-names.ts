// Names in the records of other programs: parts of nested objects, vCards, calendars, directories, HL7 messages,
// `git blame` and `git log`, quoted mails, lists of passengers, `/etc/passwd`.

import type { Detector, Range } from '../detector.ts';
import { around, fieldAt, lineAt } from '../personal/labelled-field.ts';
import {
  hasKnownName,
  isFullName,
  isName,
  isPlausible,
  nameEnds,
} from '../personal/person-name.ts';
import { PERSON } from './labelled-name.ts';
import { lastName } from './mailbox-name.ts';

const PART_REACH = 80;
const OTHER_PART =
  /(?:first|last|given|family|middle|surname|forename|fname|lname)(?:\\{0,3}["'] ?:|> ?\w|=)/gi;

/** `{"name": {"first": "Anna", "last": "Koch"}}`, `<given>Anna</given><family>Koch</family>`, `fname=Anna lname=Koch`. */
const namePart: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: ['first', 'last', 'given', 'family'].flatMap((part) => [
        ...['"', "'", '\\"', '\\\\\\"'].map((mark) => `${part}${mark}`),
        `<${part}>`,
      ]),
    },
    { kind: 'word', words: ['fname=', 'lname='] },
  ],
  find(text, start, end): Range | undefined {
    const from = start + Number(text[start] === '<');
    if (!/[<"'\s&?;,]/.test(text[from - 1] ?? ' ')) return undefined;
    const label = /^[a-z]+/i.exec(text.slice(from, end))?.[0] ?? '';
    const field = fieldAt(text, from, from + label.length);
    if (!field) return undefined;
    const near = around(text, { start: from, end: end }, PART_REACH);
    const others = near
      .match(OTHER_PART)
      ?.some((part) => !part.toLowerCase().startsWith(label.toLowerCase()));
    if (!others) return undefined;
    const to = field.end ?? nameEnds(text, field.start)[0];
    if (to === undefined) return undefined;
    const name = text.slice(field.start, to);
    return isName(name) ||
      (field.end !== undefined && /^\p{Lu}{2,24}$/u.test(name) && isPlausible(name))
      ? { start: field.start, end: to }
      : undefined;
  },
};

/** `N:Koch;Anna;;;` in a vCard. */
const cardName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: ['\nn:', '\nn;', '\\nn:', '\\nn;'] }],
  find(text, start, end): Range | undefined {
    const lead = /^[^:\r\n]{0,40}:/.exec(text.slice(end - 1, end + 40))?.[0].length;
    if (lead === undefined) return undefined;
    const from = end - 1 + lead;
    const name = /^\p{L}[\p{L}\p{M}'’ -]{0,30};\p{L}[\p{L}\p{M}'’ -]{0,30}(?=;|[\r\n\\]|$)/u.exec(
      text.slice(from, from + 64),
    )?.[0];
    return name === undefined || start < 0 ? undefined : { start: from, end: from + name.length };
  },
};

/** `CN=Anna Koch` in calendars (`ATTENDEE;CN=…:mailto:`) and directories (`CN=…,OU=…`). */
const commonName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: ['cn='] }],
  find(text, start, end): Range | undefined {
    if (/[\w-]/.test(text[start - 1] ?? ' ')) return undefined;
    const value = /^\\{0,3}"?([^";:,=\r\n\\]{3,60})(?=\\{0,3}["]?[:;,]|\\n|[\r\n]|$)/.exec(
      text.slice(end, end + 70),
    );
    const name = value?.[1];
    if (name === undefined || !isName(name) || !isFullName(name)) return undefined;
    const from = end + (value?.[0].indexOf(name) ?? 0);
    const after = text.slice(from + name.length, from + name.length + 60);
    return hasKnownName(name) || /:mailto:/i.test(after)
      ? { start: from, end: from + name.length }
      : undefined;
  },
};

/** Before `wrote:` in the line that quotes a mail. */
const quotedSender: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: [
        ' wrote:',
        ' a écrit',
        ' (<',
        ' escribió:',
        ' ha scritto',
        ' escreveu:',
        ' schreef',
        ' napisał',
        ' написал',
        ' skrev',
        ' yazdı',
      ],
    },
  ],
  find(text, start): Range | undefined {
    const { line } = lineAt(text, start, 90);
    const clause = /[^\d<>"“”«»;:/|()[\]{}=]*$/.exec(line)?.[0] ?? '';
    const name = lastName(clause);
    return name === undefined ? undefined : { start: start - name.length, end: start };
  },
};

/** After `schrieb` in German. */
const quotedSenderAfter: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [' schrieb '] }],
  find(text, _start, end): Range | undefined {
    for (const at of nameEnds(text, end)) {
      const name = text.slice(end, at);
      if (isFullName(name) && isPlausible(name) && /^ ?[:<,(]/.test(text.slice(at, at + 2)))
        return { start: end, end: at };
    }
    return undefined;
  },
};

/** `(Anna Koch 2026-11-30 09:14:00 +0100 12)` of `git blame`, and `(Anna Koch, 3 days ago)` of `git log`. */
const blamedName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [' +0', ' -0', ' ago)'] }],
  find(text, start, end): Range | undefined {
    const before = text.slice(Math.max(0, start - 100), start);
    if (text[end - 1] === ')') {
      const after = /^ ?<([^<>@\n]{3,60})>/.exec(text.slice(end, end + 64));
      if (after?.[1] !== undefined && isName(after[1]))
        return rangeOf(end + after[0].indexOf(after[1]), after[1]);
      const name = /\(([^()\n]{3,60}), (?:\d{1,3}|an?) [a-z]{3,8}(?:, \d{1,3} [a-z]{3,8})?$/.exec(
        before,
      );
      return name?.[1] !== undefined && isName(name[1])
        ? rangeOf(start - name[0].length + 1, name[1])
        : undefined;
    }
    const match = /\(([^()\n]{2,60}?) {1,20}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.exec(before);
    const name = match?.[1];
    return match && name !== undefined && isName(name)
      ? rangeOf(start - match[0].length + 1, name)
      : undefined;
  },
};

function rangeOf(start: number, name: string): Range {
  return { start, end: start + name.length };
}

/** `git config user.name "Anna Koch"`, `author Anna Koch` before `author-mail`. */
const configuredName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: ['user.name', 'author-mail', 'committer-mail'] }],
  find(text, start, end): Range | undefined {
    if (text.slice(start, end).toLowerCase() !== 'user.name') {
      const line = /(?:^|\n)(?:author|committer) ([^\n]{3,60})\r?\n$/.exec(
        text.slice(Math.max(0, start - 80), start),
      );
      return line?.[1] !== undefined && isName(line[1])
        ? rangeOf(start - 1 - line[1].length, line[1])
        : undefined;
    }
    const lead = /^(?:=| {1,4}=? ?)\\{0,3}["']?/.exec(text.slice(end, end + 10))?.[0].length;
    if (lead === undefined) return undefined;
    for (const to of nameEnds(text, end + lead)) {
      const name = text.slice(end + lead, to);
      if (
        isPlausible(name) &&
        isFullName(name) &&
        /^(?:$|[\s"';&|]|\\)/.test(text.slice(to, to + 1))
      )
        return { start: end + lead, end: to };
    }
    return undefined;
  },
};

/** `KOCH/ANNA MRS` on tickets and lists of passengers. */
const passengerName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [' mr', ' mrs', ' ms', ' miss', ' mstr'] }],
  find(text, start, end): Range | undefined {
    if (
      /[\p{L}\d]/u.test(text[end] ?? ' ') ||
      !/[A-Z]/.test(text[start - 1] ?? '') ||
      /[a-z]/.test(text.slice(start, end))
    )
      return undefined;
    const name = /(?<![\w/])[A-Z]{2,24}\/[A-Z]{2,24}(?: [A-Z]{1,20})?$/.exec(
      text.slice(Math.max(0, start - 72), start),
    )?.[0];
    return name === undefined ? undefined : { start: start - name.length, end: start };
  },
};

/** The comment of a user in `/etc/passwd`: `akoch:x:1000:1000:Anna Koch,,,:/home/akoch:/bin/bash`. */
const passwdName: Detector = {
  ...PERSON,
  triggers: [{ kind: 'word', words: [':x:', ':*:'] }],
  find(text, _start, end): Range | undefined {
    const entry = /^\d{1,10}:\d{1,10}:([^:,\n]{3,60})[:,]/.exec(text.slice(end, end + 90));
    const name = entry?.[1];
    return entry && name !== undefined && isName(name) && isFullName(name) && hasKnownName(name)
      ? rangeOf(end + entry[0].length - name.length - 1, name)
      : undefined;
  },
};

export const RECORD_NAMES: readonly Detector[] = [
  namePart,
  cardName,
  commonName,
  quotedSender,
  quotedSenderAfter,
  blamedName,
  configuredName,
  passengerName,
  passwdName,
];
