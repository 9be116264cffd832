// Secrets that only their name identifies: `password = "…"`, `API_KEY=…`, `wifi password: …`, and in
// sentences: `the password for staging is …`.

import { assignedValue, type Assignment } from '../assignment.ts';
import type { Detector, Range } from '../detector.ts';
import {
  kindOfName,
  isApart,
  SECRET_NAME_WORDS,
  secretNameAt,
  type SecretName,
} from '../secret-names.ts';
import { isSaidValue, isSecretValue, mayBeginSecret } from '../secret-value.ts';
import { sentenceValues } from '../sentence.ts';
import { isSettingName } from '../software-value.ts';

/** `get-credentials staging-1` is a command and its argument. */
const COMMAND =
  /^(?:add|create|delete|describe|get|list|print|read|remove|reset|rotate|set|show|update|use|write)[-_]/i;

/** No letter with which only other words go on: `token` in `tokenize`, `auth` in `authentication`. */
const AFTER_WORD = /[^e-jmqw-z]/i;

export const genericSecret: Detector = {
  entity: 'GENERIC_SECRET',
  label: 'SECRET',
  tier: 'B',
  secret: true,
  triggers: [
    { kind: 'word', words: SECRET_NAME_WORDS.filter((word) => !isApart(word)), after: AFTER_WORD },
    // `pass`, and not `passed`.
    { kind: 'word', words: SECRET_NAME_WORDS.filter(isApart), after: /[^a-z]/ },
  ],
  find: (text, start, end): Range | undefined => {
    const name = secretNameAt(text, start, end);
    if (!name) return undefined;
    const assigned = assignedValue(text, name.start, name.end, mayBeginSecret);
    if (assigned && isAssigned(text, name, assigned)) {
      return { start: assigned.start, end: assigned.end };
    }
    if (assigned?.notation === 'quoted' || COMMAND.test(text.slice(name.start, name.end)))
      return undefined;
    const said = sentenceValues(text, name.start, name.end).find(
      (value) =>
        !isCutShort(text, name, value) &&
        isSaidValue(text.slice(value.start, value.end), { ...name, place: value.place }),
    );
    return said && { start: said.start, end: said.end };
  },
  column: {
    words: SECRET_NAME_WORDS,
    testOf: (heading) => {
      const kind = kindOfName(heading);
      return (
        kind &&
        ((cell) =>
          !isSettingName(cell) && isSecretValue(cell, { kind, word: kind, notation: 'plain' }))
      );
    },
  },
};

function isAssigned(text: string, name: SecretName, assigned: Assignment): boolean {
  // `Pass "x"` is an instruction.
  if (name.word === 'pass' && assigned.notation === 'loose') return false;
  const value = text.slice(assigned.start, assigned.end);
  if (isCutShort(text, name, assigned)) return false;
  return isSecretValue(value, { ...name, ...assigned, next: text[assigned.end] });
}

/** Whether somebody who wrote about a key left out the rest of it. */
function isCutShort(text: string, { kind }: SecretName, { end }: Range): boolean {
  return kind !== 'password' && /^(?:\.{3}|…)/.test(text.slice(end, end + 3));
}
