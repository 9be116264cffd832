// The values of a Secret of Kubernetes, whatever their names: everything below `data` and `stringData`, in YAML or
// JSON, before or after `kind: Secret`.

import type { Detector, Range } from '../detector.ts';
import { isPlaceholderSecret, isTemplate } from '../placeholder-secret.ts';

/** A manifest is larger than the usual window; values beyond these stay to the other detectors. */
const REACH = 4_096;
const VALUES_MAX = 12;
const VALUE_LENGTH_MIN = 6;

const BREAK = String.raw`(?:\r?\n|\\n)`;
/** A separator, or the kind of another one. */
const MANIFEST_END = new RegExp(String.raw`${BREAK}---|kind["']?:\s?["']?secret`, 'gi');
/** Both are at the level of `kind`. */
const DATA = new RegExp(
  String.raw`(?:^|${BREAK})(?<indent>[ \t]{0,20})(?<name>data|stringData):[ \t]{0,4}(?=${BREAK})|(?<open>\\?"(?:data|stringData)\\?"\s{0,4}:\s{0,4}\{)`,
  'g',
);
const ENTRY = new RegExp(
  String.raw`(?:${BREAK}[ \t]{0,40}(?:#[^\n]{0,200})?(?=\r?\n|\\n)){0,20}${BREAK}(?<indent>[ \t]{1,40})[\w./-]{1,120}:(?:[ \t]{1,4}[|>][-+]?${BREAK}[ \t]{1,40}|[ \t]{1,4})["']?(?<value>[^\s"'\\]{1,3000})["']?[ \t]{0,4}(?=\r?\n|\\n|$)`,
  'y',
);
const PAIR =
  /\s{0,40},?\s{0,40}\\?"[\w./-]{1,120}\\?"\s{0,4}:\s{0,4}\\?"(?<value>[^\s"\\]{1,3000})\\?"/y;

const BASE64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;
const STAND_IN = /change|your|example|placeholder|x{4}|redacted|todo|insert|replace/i;

/** One detector for each value, because a detector finds one. */
export const SECRET_MANIFEST: readonly Detector[] = Array.from(
  { length: VALUES_MAX },
  (_, index) => ({
    entity: 'GENERIC_SECRET',
    label: 'SECRET',
    tier: 'A',
    secret: true,
    triggers: [
      {
        kind: 'word',
        words: [
          'kind: secret',
          "kind: 'secret'",
          'kind: "secret"',
          '"kind": "secret"',
          '"kind":"secret"',
        ],
      },
    ],
    find: (text, start, end, scan = {}) =>
      /[A-Za-z]/.test(text[end] ?? '') || !text.slice(start, end).includes('Secret')
        ? undefined
        : valuesOnce(scan, text, start, end)[index],
  }),
);

/** What the first of the detectors has read. */
const lastRead = new WeakMap<object, { readonly start: number; readonly values: Range[] }>();

function valuesOnce(scan: object, text: string, start: number, end: number): Range[] {
  const last = lastRead.get(scan);
  if (last?.start === start) return last.values;
  const values = valuesAround(text, start, end);
  lastRead.set(scan, { start, values });
  return values;
}

function valuesAround(text: string, start: number, end: number): Range[] {
  const before = text.slice(Math.max(0, start - REACH), start);
  const from = start - before.length + lastMatchEnd(MANIFEST_END, before);
  const after = text.slice(end, end + REACH);
  const length = after.search(MANIFEST_END);
  const to = end + (length < 0 ? after.length : length);
  const manifest = text.slice(from, to);
  const values: Range[] = [];
  for (const match of manifest.matchAll(DATA)) {
    const { open, indent = '' } = match.groups ?? {};
    const pattern = open === undefined ? ENTRY : PAIR;
    for (let at = match.index + match[0].length; values.length < VALUES_MAX;) {
      pattern.lastIndex = at;
      const groups = pattern.exec(manifest)?.groups;
      if (!groups || (groups['indent'] ?? `${indent} `).length <= indent.length) break;
      at = pattern.lastIndex;
      const value = groups['value'] ?? '';
      const valueStart = manifest.lastIndexOf(value, at - value.length);
      if (isHidden(value))
        values.push({ start: from + valueStart, end: from + valueStart + value.length });
    }
  }
  return values;
}

function isHidden(value: string): boolean {
  if (value.length < VALUE_LENGTH_MIN || isTemplate(value)) return false;
  // In base64, a weak password is one in use.
  const decoded = BASE64.test(value) ? Buffer.from(value, 'base64').toString('utf8') : undefined;
  if (decoded === undefined || /[\p{Cc}\ufffd]/u.test(decoded)) return !isPlaceholderSecret(value);
  return !STAND_IN.test(decoded) && !isTemplate(decoded);
}

function lastMatchEnd(pattern: RegExp, text: string): number {
  let end = 0;
  for (const match of text.matchAll(pattern)) end = match.index + match[0].length;
  return end;
}
