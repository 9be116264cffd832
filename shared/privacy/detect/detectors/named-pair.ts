// Secrets in pairs of a name and a value, as in manifests of Kubernetes and ECS, in parameters and in property
// lists: `- name: API_TOKEN` / `value: "…"`, `{"Key":"password","Value":"…"}`, `<key>password</key><string>…`.

import { isLetter, codeAt } from '../characters.ts';
import { assignedValue } from '../assignment.ts';
import type { Detector, Range } from '../detector.ts';
import { kindOfName, type SecretName } from '../secret-names.ts';
import { isSecretValue, mayBeginSecret, mayBeSecret } from '../secret-value.ts';

/** Characters between the beginnings of the pair and of the value, in either direction. */
const REACH = 240;
const VALUE_LENGTH_MIN = 6;

const QUOTES = String.raw`[\\"'\x60]{0,4}`;
const NAME_KEY = String.raw`(?:name|key|id|variable|var|env|parameterkey|parametername|parameter|setting|option|param|property|field|label|header)`;
/** `"name": "DB_PASSWORD"`, `name = DB_PASSWORD`, `name="db.password"`, `--name DB_PASSWORD`. */
const NAMED = new RegExp(
  String.raw`(?<![A-Za-z])${NAME_KEY}${QUOTES}(?:\s{0,4}(?:=>|[:=])\s{0,4}|[ \t]{1,4})${QUOTES}(?<name>[\p{L}\p{N}_./][\p{L}\p{N}_./-]{1,79})(?=[\\"'\x60\s,;})]|$)`,
  'giu',
);
/** `"type": "password"`. */
const TYPED =
  /(?<![A-Za-z])type\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["'](?<name>[\w-]{2,24})\\{0,3}["']/gi;
/** `<name>db.password</name>`. */
const NAMED_ELEMENT = new RegExp(
  String.raw`<${NAME_KEY}>\s{0,8}(?<name>[\w./-]{2,80})\s{0,8}</`,
  'gi',
);
/** What begins another object, list item, element or command. */
const PAIR_START = /[{}(;|&]|\\?n?[ \t]{0,40}- (?=["'\w])|<(?!\/?(?:name|key|value|string)\b)/gi;
const PAIR_END = /[{})(;|&<]|(?:\n|\\n)[ \t]{0,40}- /;

const ELEMENT_VALUE = /\s{0,40}<string>(?<value>[^<>\s]{6,512})<\/string>/iy;
const PROPERTY_VALUE =
  /(?<name>[\w./-]{2,80})["'](?:[ \t]{1,4}\w{1,20}=["'][^"'<>]{0,80}["']){0,3}[ \t]{0,4}>\s{0,40}(?:<value>\s{0,40})?(?<value>[^<>\s]{6,512})\s{0,40}<\//y;

const shared = { entity: 'GENERIC_SECRET', label: 'SECRET', tier: 'B', secret: true } as const;

/** No letter, or the last one of `ParameterValue`, `optionValue`, `stringValue` and `\nvalue`. */
const BEFORE_KEY = /[^a-z_]|[nrg]/i;

export const namedPair: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: ['value', 'val', 'wert', 'content'], before: BEFORE_KEY }],
  find(text, start, end): Range | undefined {
    const keyStart = keyStartOf(text, start);
    if (keyStart === undefined) return undefined;
    const assigned =
      optionValue(text, start, end) ?? assignedValue(text, keyStart, end, mayBeginSecret);
    if (!assigned || assigned.end - assigned.start < VALUE_LENGTH_MIN) return undefined;
    // The cheap tests first: most values are no secrets.
    if (!mayBeSecret(text, assigned.start, assigned.end)) return undefined;
    const value = text.slice(assigned.start, assigned.end);
    if (!isSecret(value, 'password', assigned.notation)) return undefined;
    const name = nameBefore(text, keyStart) ?? nameAfter(text, assigned.end);
    const kind = name === undefined ? undefined : kindOfName(name);
    if (kind === undefined || !isSecret(value, kind, assigned.notation)) return undefined;
    return { start: assigned.start, end: assigned.end };
  },
};

/** Elements of XML: `<key>password</key><string>x</string>`, `<property name="password">x</property>`. */
export const namedElement: Detector = {
  ...shared,
  triggers: [{ kind: 'word', words: ['</key>', ' name="', ' key="', " name='", " key='"] }],
  find(text, start, end): Range | undefined {
    const isKey = text[start] === '<';
    const pattern = isKey ? ELEMENT_VALUE : PROPERTY_VALUE;
    pattern.lastIndex = end;
    const groups = pattern.exec(text)?.groups;
    const value = groups?.['value'];
    if (value === undefined) return undefined;
    const before = isKey
      ? /<key>([\w .-]{2,80})$/i.exec(text.slice(Math.max(0, start - 90), start))
      : null;
    const name = isKey ? before?.[1] : groups?.['name'];
    const kind = name === undefined ? undefined : kindOfName(name);
    if (kind === undefined || !isSecret(value, kind, 'quoted')) return undefined;
    const valueStart = text.lastIndexOf(value, pattern.lastIndex - value.length);
    return { start: valueStart, end: valueStart + value.length };
  },
};

type Notation = Parameters<typeof isSecretValue>[1]['notation'];

function isSecret(value: string, kind: SecretName['kind'], notation: Notation): boolean {
  return isSecretValue(value, {
    kind,
    word: kind,
    notation: notation === 'bare' ? 'prose' : notation,
  });
}

const LEAD_LENGTH_MAX = 'parameter'.length;

/** Whether `value` is a key on its own or ends a name such as `ParameterValue`. */
function keyStartOf(text: string, start: number): number | undefined {
  if (start === 0 || !isNameCode(codeAt(text, start - 1))) return start;
  const limit = Math.max(0, start - LEAD_LENGTH_MAX - 1);
  let keyStart = start - 1;
  while (keyStart > limit && isNameCode(codeAt(text, keyStart - 1))) keyStart--;
  if (start - keyStart > LEAD_LENGTH_MAX) return undefined;
  const lead = text.slice(keyStart, start).toLowerCase();
  const isKey = lead === 'n' || lead === 'parameter' || lead === 'option' || lead === 'string';
  if (!isKey) return undefined;
  // The letter of an escaped line break.
  return lead === 'n' ? (text[keyStart - 1] === '\\' ? start : undefined) : keyStart;
}

function isNameCode(code: number): boolean {
  return isLetter(code) || code === 95;
}

/** `--value x` of a command. */
function optionValue(text: string, start: number, end: number) {
  return text.startsWith('--', start - 2)
    ? assignedValue(text, start - 2, end, mayBeginSecret)
    : undefined;
}

function nameBefore(text: string, start: number): string | undefined {
  const before = text.slice(Math.max(0, start - REACH), start);
  const own = before.slice(lastMatchEnd(PAIR_START, before));
  return (
    lastName(NAMED, own) ?? lastName(TYPED, own) ?? lastName(NAMED_ELEMENT, before.slice(-120))
  );
}

function nameAfter(text: string, end: number): string | undefined {
  const after = text.slice(end, end + REACH);
  const length = after.search(PAIR_END);
  const own = length < 0 ? after : after.slice(0, length);
  return lastName(NAMED, own) ?? lastName(TYPED, own);
}

function lastName(pattern: RegExp, text: string): string | undefined {
  let name: string | undefined;
  for (const match of text.matchAll(pattern)) name = match.groups?.['name'];
  return name;
}

function lastMatchEnd(pattern: RegExp, text: string): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
