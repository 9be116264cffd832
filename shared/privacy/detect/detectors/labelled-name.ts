// Names of people after a label: `Patient: …`, `"fullName": …`, `お客様名: …`.

import { codeAt, COLON, isLetter, isUpper, SPACE } from '../characters.ts';
import type { Detector, Range } from '../detector.ts';
import { nameColumn } from '../personal/columns.ts';
import {
  AFTER_LABEL,
  around,
  beginsLabel,
  beginsLine,
  beginsWord,
  endsValue,
  fieldAt,
  isInSentence,
  type Field,
} from '../personal/labelled-field.ts';
import { isCredit, isInManifest } from '../personal/credits.ts';
import { endsPhrase, isAdjective, isStep } from '../personal/other-fields.ts';
import { BARE, COMPANION, HEADERS, PARTNER, SURE, UNSURE } from '../personal/name-labels.ts';
import {
  casedNameEnd,
  hasFirstName,
  hasKnownName,
  hasSeveralWords,
  isFullName,
  isName,
  isPlausible,
  nameEnds,
} from '../personal/person-name.ts';
import { isDistinctiveName } from '../personal/name-variants.ts';

export const PERSON = {
  entity: 'PERSON',
  label: 'NAME',
  tier: 'A',
  topic: 'names',
  // A first name or a surname alone may be a word.
  isDistinctive: isDistinctiveName,
  resembles: (value: string): boolean => isFullName(value) && isName(value),
} as const;

/** A client and a member may be a program or a field, too. */
const OAUTH = /^(?:client|member)[ _-]?name$/;
const COMPANION_REACH = 160;
const COMPANY = /\b(?:inc|corp|ltd|llc|gmbh|ag|kg|sarl|s\.a|plc|b\.v|co)\b/i;

export const labelledName: Detector = {
  ...PERSON,
  triggers: [
    {
      kind: 'word',
      words: [...SURE, ...UNSURE, ...BARE],
      startsPart: true,
      after: AFTER_LABEL,
    },
    { kind: 'word', words: HEADERS, startsPart: true },
  ],
  next: nextName,
  column: nameColumn,
  find(text, start, end) {
    if (codeAt(text, end - 1) === COLON) return inHeader(text, start, end);
    const label = text.slice(start, end).toLowerCase();
    if (isInSentence(text, end) && !BARE.has(label)) return undefined;
    const isSure = SURE_LABELS.has(label);
    if (isSure ? isAdjective(text, start, end) : endsPhrase(text, start, end)) return undefined;
    if (!(isSure ? beginsLabel(text, start) : beginsWord(text, start))) return undefined;
    if (label.length === 1 && IN_WORD.test(label) && CJK.test(text[start - 1] ?? ''))
      return undefined;
    const field = fieldAt(text, start, end);
    if (!field) return BARE.has(label) ? bareName(text, end) : undefined;
    const isExpected = () => isSure || PARTNER.test(around(text, { start, end }, PARTNER_REACH));
    const range = nameIn(text, field, isExpected);
    if (!range) return undefined;
    const name = text.slice(range.start, range.end);
    const isKnown = !OAUTH.test(label) || isFullName(name) || hasFirstName(name);
    const isPerson =
      (isSure && isKnown && isEnoughForSure(field, name, text, start, end)) ||
      isPersonByItself(text, range, name, label) ||
      hasPartner(text, start, range, label);
    return isPerson && !isOfProgram(text, range, label) ? range : undefined;
  },
};

/** Whether the value, or other data beside it, says that it is a name. */
function isPersonByItself(text: string, range: Range, name: string, label: string): boolean {
  if (!hasSeveralWords(name) || COMPANY.test(name) || isStep(text, range.end)) return false;
  return (
    hasFirstName(name) ||
    hasTitle(name) ||
    (!TECHNICAL.has(label) && hasKnownName(name)) ||
    COMPANION.test(around(text, range, COMPANION_REACH))
  );
}

/** Whether the name is that of an author in a notice, or of a package. */
function isOfProgram(text: string, range: Range, label: string): boolean {
  if (label === 'name') return isInManifest(text, range.start);
  return /^(?:authors?|maintainers?)$/.test(label) && isCredit(text, range.start);
}

/** Names in programs too, whose values need a first name in its place. */
const TECHNICAL: ReadonlySet<string> = new Set(
  (
    'name,display name,display_name,display-name,displayname,contact,client,customer,owner,author,authors,sender,recipient,manager,reporter,driver,guest,guests,parent,partner,provider,' +
    'consultant,holder,officer,maintainer,maintainers,contributors,created by,created_by,nom,nombre,nome,naam,auteur,autor,autore,destinatario,destinataire,cliente,ad,cn,signature,signed,subject name'
  ).split(','),
);
const IN_WORD = /^[姓名]$/;
const CJK = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;
const PARTNER_REACH = 60;

/** Labels of a part of a name, or of all of it. */
const PART_LABELS: ReadonlySet<string> = new Set(
  "nom,nome,nombre,name,имя,ім'я,ім’я,imię,ad,adı,sn,cn,naam,navn,namn,jméno,meno,név,nume,όνομα,שם,姓,名".split(
    ',',
  ),
);

/** `Name: Koch, Vorname: Anna`, `姓：佐藤 名：美咲`: the other part of the name has a label too. */
function hasPartner(text: string, start: number, range: Range, label: string): boolean {
  if (!PART_LABELS.has(label)) return false;
  const before = text.slice(Math.max(0, start - PARTNER_REACH), start);
  return PARTNER.test(before) || PARTNER.test(text.slice(range.end, range.end + PARTNER_REACH));
}

/** The name right after a noun or phrase: `witness John Carter`, `患者 佐藤 美咲`. */
function bareName(text: string, from: number): Range | undefined {
  if (codeAt(text, from) === SPACE && isLetter(codeAt(text, from + 1)))
    return bareNameAt(text, from + 1);
  const start = from + (/^(?:['’]s)? ?["'«„“]?/.exec(text.slice(from, from + 5))?.[0].length ?? 0);
  return start === from ? undefined : bareNameAt(text, start);
}

function bareNameAt(text: string, start: number): Range | undefined {
  for (const end of nameEnds(text, start)) {
    const name = text.slice(start, end);
    if (!isPlausible(name) || !isFullName(name) || COMPANY.test(name)) continue;
    // A Chinese name in full, and another word.
    const word = name.search(/ /);
    if (word > 1 && /\p{sc=Han}/u.test(name) && hasKnownName(name.slice(0, 1)))
      return { start, end: start + word };
    if (hasKnownName(name) || hasTitle(name)) return { start, end };
  }
  return undefined;
}

/** The next name of a list: `Attendees: Anna Koch, Max Weber and Eva Lang`. */
function nextName(text: string, end: number): Range | undefined {
  const gap = LIST_GAP.exec(text.slice(end, end + 12))?.[0].length;
  if (gap === undefined) return undefined;
  const start = end + gap;
  const at = casedNameEnd(text, start);
  if (at === undefined) return undefined;
  const name = text.slice(start, at);
  return isPlausible(name) && isFullName(name) && hasFirstName(name) && !COMPANY.test(name)
    ? { start, end: at }
    : undefined;
}

const LIST_GAP =
  /^(?:["']?[,;/&]["']?[ \t]{0,2}["']?(?:(?:and|und|et|y|e|en|i|и|ve)[ \t])?|[ \t](?:and|und|et|y|e|en|i|и|ve|&)[ \t])/;

const SURE_LABELS: ReadonlySet<string> = new Set(SURE);
const TITLE_BEFORE = /^(?:Dr|Prof|Mr|Mrs|Ms|Mme|Herr|Frau|Sr|Sra|Dott|Sig)\b/;

function hasTitle(name: string): boolean {
  return TITLE_BEFORE.test(name);
}

/** A single unquoted word may be a type: `firstName: Text`. */
function isEnoughForSure(
  { isKey, start: valueStart, end: quoteEnd }: Field,
  name: string,
  text: string,
  start: number,
  end: number,
) {
  if (quoteEnd !== undefined || isFullName(name) || hasFirstName(name)) return true;
  // `last_name: Koch` in YAML, beside other data of the person, in queries and printed records.
  const after = text.slice(valueStart + name.length, valueStart + name.length + 24);
  const range = { start: valueStart, end: valueStart + name.length };
  const isField = isKey && /^(?:$|[\r\n&)\]}]|, [a-z]\w{1,20}=)/.test(after);
  if (isField && COMPANION.test(around(text, range, COMPANION_REACH))) return true;
  const isForPeople =
    !isKey &&
    (/^\P{Ll}|[^\x20-\x7e]/u.test(text.slice(start, end)) || text.slice(start, end).includes(' '));
  return isForPeople && (beginsPhrase(text, start) || PARTNER.test(around(text, range, 40)));
}

/** Only some words precede the label in its line: `Mother's maiden name`. */
function beginsPhrase(text: string, start: number): boolean {
  return /(?:^|[\r\n]|\\[nr]|["'`,;|])[ \t>|*#-]{0,12}(?:[\p{L}'’.-]{1,15} ){0,3}$/u.test(
    text.slice(Math.max(0, start - 64), start),
  );
}

function nameIn(
  text: string,
  { start, end, operator }: Field,
  isExpected: () => boolean,
): Range | undefined {
  if (end !== undefined) {
    const value = text.slice(start, end);
    const name = value.trim();
    if (
      !isName(name) &&
      !(isLowerCaseName(name) && (!name.includes('-') || isExpected())) &&
      !(isCapitals(name) && isExpected())
    )
      return undefined;
    const from = start + value.indexOf(name);
    return { start: from, end: from + name.length };
  }
  for (const at of nameEnds(text, start)) {
    const name = text.slice(start, at);
    if (isPlausible(name) && endsName(text, at, operator)) return { start, end: at };
    const cut = beforeNextLabel(text, start, at);
    if (cut !== undefined && isPlausible(text.slice(start, cut))) return { start, end: cut };
  }
  const first = codeAt(text, start);
  if (first < 0x80 && !isUpper(first)) return undefined;
  const second = codeAt(text, start + 1);
  if (second < 0x80 && !isUpper(second)) return undefined;
  const capitals = /^\p{Lu}{3,24}(?:-\p{Lu}{2,24})?(?![\p{L}\p{N}_-])/u.exec(
    text.slice(start, start + 52),
  )?.[0];
  if (capitals === undefined || !isCapitals(capitals) || !isExpected()) return undefined;
  const at = start + capitals.length;
  return endsValue(text, at) ? { start, end: at } : undefined;
}

/** `LEFÈVRE`: a surname in a field for one; also the words of types and constants. */
function isCapitals(value: string): boolean {
  return /^\p{Lu}{3,24}(?:-\p{Lu}{2,24})?$/u.test(value) && isPlausible(value);
}

/** The end of a name before another label: `Nachname: Vogelsang Vorname: Anna`. */
function beforeNextLabel(text: string, start: number, end: number): number | undefined {
  if (!/[:：]/.test(text.slice(start, end + NEXT_LABEL_LENGTH))) return undefined;
  const gaps = [...text.slice(start, end).matchAll(/[ \u00a0]{1,2}/g)].map(
    ({ index }) => start + index,
  );
  const cut = [...gaps.toReversed(), end].find((at) =>
    NEXT_LABEL.test(text.slice(at, at + NEXT_LABEL_LENGTH)),
  );
  return cut !== undefined && text[cut - 1] === ',' ? cut - 1 : cut;
}

const NEXT_LABEL_LENGTH = 40;
const NEXT_LABEL =
  /^[ \u00a0]{1,4}[\p{L}\p{M}][\p{L}\p{M}.'’/-]{0,24}(?: [\p{L}.]{1,15})?[ \u00a0]?[:：]/u;

/** `anna koch` in a field for names; unquoted, it may be an expression. */
function isLowerCaseName(value: string): boolean {
  return (
    !isUpper(codeAt(value, 0)) &&
    /^\p{Ll}{2,20}(?:[ -]\p{Ll}{2,20}){0,3}$/u.test(value) &&
    hasFirstName(value) &&
    isPlausible(value)
  );
}

function endsName(text: string, end: number, operator: string): boolean {
  // An expression: `name = Foo, Bar` in a program.
  if (operator === '=' && /^[ \t]?[(;]/.test(text.slice(end, end + 2))) return false;
  return endsValue(text, end) || /^ [<\p{Ll}]/u.test(text.slice(end, end + 2));
}

const HEADER_GAP = /^[ \t]{1,4}["']?/;
const HEADER_GAP_OR_LINE = /^[ \t]{0,4}(?:\r?\n[ \t]{0,8}|\\n)?/;

function inHeader(text: string, start: number, end: number): Range | undefined {
  if (!beginsLine(text, start)) return undefined;
  // Below `Bill to:`, the name has a line of its own.
  const gap = text.slice(start, end).includes(' ') ? HEADER_GAP_OR_LINE : HEADER_GAP;
  const from = end + (gap.exec(text.slice(end, end + 12))?.[0].length ?? 0);
  for (const at of nameEnds(text, from)) {
    const name = text.slice(from, at);
    if (
      isPlausible(name) &&
      isFullName(name) &&
      (hasFirstName(name) || hasTitle(name)) &&
      endsValue(text, at)
    )
      return { start: from, end: at };
  }
  return undefined;
}
