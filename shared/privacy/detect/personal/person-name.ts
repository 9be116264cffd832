// The form of a person's name: one to five words with capitals, initials and particles, or words of
// a script without capitals. Read at an offset, within a bounded window.

import {
  codeAt,
  COMMA,
  DOT,
  isBlank,
  isLetter,
  isUpper,
  MINUS,
  SINGLE_QUOTE,
  SPACE,
} from '../characters.ts';
import { FIRST_NAMES, LABELLED_NAMES, SURNAMES_FIRST } from './first-names.ts';
import { isNoName } from './no-names.ts';

/** Longest name that is read. */
export const NAME_LENGTH_MAX = 80;

const CAPITALIZED = String.raw`(?:Mc|Mac|[OD]['’]|De|Di|Du|La|Le|Fitz)?\p{Lu}[\p{Ll}\p{M}]{1,24}`;
const WORD = String.raw`${CAPITALIZED}(?:[-'’](?:${CAPITALIZED}|[\p{Ll}\p{M}]{2,24})){0,3}`;
const INITIAL = String.raw`\p{Lu}\.(?:-?\p{Lu}\.){0,2}`;
const GAP = String.raw`[ \u00a0]`;
const PARTICLE = `(?:van|von|vom|zu|zum|zur|der|den|del|della|dello|dalla|de|di|da|das|dos|do|du|la|le|las|los|y|e|ter|ten|te|bin|ibn|al|el|af|av)${GAP}`;
const PART = `(?:(?:[aA]l|[eE]l|[aA]sh|[aA]n|[aA]r|[aA]d)-)?(?:${WORD}|${INITIAL})`;
/** Words that precede a name and belong to it. */
const TITLES =
  String.raw`Mr|Mrs|Ms|Mx|Miss|Sir|Drs|Dra|Dr|Prof|Professor|Doctor|Doktor|Herrn|Herr|Frau|Hr|Fr|Dipl\.-Ing|Ing|Mag|med|jur|Monsieur|Madame|Mademoiselle|Mme|Mlle|` +
  'Señorita|Señora|Señor|Srta|Sra|Sr|Don|Doña|Signorina|Signora|Signor|Sig|Dott\\.ssa|Dott|Avv|Senhora|Senhor|Dhr|Mevrouw|Mevr|Mw|Meneer|heer|mevrouw|' +
  'Panie|Pani|Panu|Pan|г-н|г-жа|Sgt|Capt|Lt|Col|Gen|Rev|Det|Insp|Officer|[гГ]осподин|[гГ]оспожа|Sayın|Bayan|Bay';
const TITLE = `(?:(?:${TITLES})\\.?${GAP}{1,2}){0,3}`;
/** Not inside an identifier, a path or a call. */
const END = String.raw`(?![\p{L}\p{M}\p{N}@(/]|_(?!_)|\[(?!mailto:)|\.[\p{L}\p{N}_]|['’-]\p{L})`;

const CASED = `${TITLE}${PART}(?:${GAP}{1,2}(?:${PARTICLE}){0,3}${PART}){0,4}`;
const SURNAME_FIRST = `${WORD}(?:${GAP}${WORD})?,${GAP}${PART}(?:${GAP}${PART}){0,2}`;
const UPPER = String.raw`\p{Lu}{2,24}(?:['’-]\p{Lu}{1,24}){0,2}`;
const ALL_CAPITALS = `${TITLE}(?:${UPPER},?${GAP}(?:${UPPER}|${PART})|${PART}${GAP}${UPPER})(?:${GAP}(?:${UPPER}|${PART})){0,3}`;
const CJK = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー]`;
const CJK_NAME = String.raw`${CJK}{1,8}(?:[ \u3000・·]${CJK}{1,10}){0,3}`;
const OTHER = String.raw`[\p{sc=Arabic}\p{sc=Hebrew}\p{sc=Thai}\p{sc=Devanagari}\p{M}]{2,20}`;
const OTHER_NAME = String.raw`(?:د\.${GAP}?)?${OTHER}(?:${GAP}${OTHER}){0,5}`;

const compiled = (...forms: string[]) => forms.map((form) => new RegExp(`(?:${form})${END}`, 'uy'));
/** In order of preference. */
const CASED_FORMS = compiled(SURNAME_FIRST, ALL_CAPITALS, CASED);
/** `de Vries`, `van den Berg`. */
const PARTICLE_FORMS = compiled(`(?:${PARTICLE}){1,2}${PART}(?:${GAP}${PART}){0,2}`);
const UNCASED_FORMS = compiled(CJK_NAME, OTHER_NAME);
const NO_FORMS: readonly RegExp[] = [];
const CASED_FORM = new RegExp(`(?:${CASED})${END}`, 'uy');
const ONLY_TITLE = new RegExp(`^(?:${TITLES})\\.?(?:${GAP}(?:${TITLES})\\.?)*$`, 'u');
const FAMILY: ReadonlySet<string> = new Set(SURNAMES_FIRST);
const INITIAL_ALONE = /^[a-z]$/;
const FIRST_WORD = new RegExp(`^${TITLE}([\\p{L}\\p{M}'’]+)`, 'u');

/** The ends of what may be a name at `at`, best first. */
export function nameEnds(text: string, at: number): number[] {
  const ends: number[] = [];
  const forms = formsAt(text, at);
  const needed = forms === CASED_FORMS ? signsOf(text, at) : ALL_SIGNS;
  for (const [index, form] of forms.entries()) {
    if (forms === CASED_FORMS && (needed & (SIGNS_OF_FORM[index] ?? 0)) === 0) continue;
    const end = endOf(form, text, at);
    if (end !== undefined && !isList(text.slice(at, end))) ends.push(end);
  }
  return ends;
}

/** `Anna Koch, Max Weber` are two people, `Koch, Anna` is one. */
function isList(name: string): boolean {
  const comma = name.indexOf(',');
  if (comma < 0) return false;
  const first = name.slice(0, comma);
  return first.includes(' ') && hasFirstName(first);
}

/** The end of a name in a script with capitals, and in normal case. */
export function casedNameEnd(text: string, at: number): number | undefined {
  return endOf(CASED_FORM, text, at);
}

/** Whether all of `value` is a name. */
export function isName(value: string): boolean {
  if (value.length > NAME_LENGTH_MAX) return false;
  const forms = formsAt(value, 0);
  const signs = forms === CASED_FORMS ? signsOf(value, 0) : ALL_SIGNS;
  for (const [index, form] of forms.entries()) {
    if (forms === CASED_FORMS && (signs & (SIGNS_OF_FORM[index] ?? 0)) === 0) continue;
    if (endOf(form, value, 0) === value.length) return isPlausible(value);
  }
  return false;
}

/** Whether no word says that this is something else: `Unknown`, `First Name`, `Acme Inc`. */
export function isPlausible(name: string): boolean {
  if (mayBeginWithTitle(name) && ONLY_TITLE.test(name)) return false;
  for (const word of wordsOf(name)) if (isNoName(word) && !INITIAL_ALONE.test(word)) return false;
  return true;
}

/** Whether the first word after titles, or after a comma, is a common first name. */
export function hasFirstName(name: string): boolean {
  const first = firstWord(name);
  const last = name.includes(',') ? (name.split(',')[1]?.trim().split(' ')[0] ?? '') : '';
  return FIRST_NAMES.has(first.toLowerCase()) || FIRST_NAMES.has(last.toLowerCase());
}

/** The first word after titles. */
function firstWord(name: string): string {
  if (mayBeginWithTitle(name)) return FIRST_WORD.exec(name)?.[1] ?? '';
  let end = 0;
  while (isNameLetter(codeAt(name, end))) end++;
  return name.slice(0, end);
}

function isNameLetter(code: number): boolean {
  return isLetter(code) || code === SINGLE_QUOTE;
}

/** By the letters at its beginning; names outside ASCII always may. */
function mayBeginWithTitle(name: string): boolean {
  let end = 0;
  while (isNameLetter(codeAt(name, end))) end++;
  return codeAt(name, end) > 0x7f || TITLE_WORDS.has(name.slice(0, end));
}

const TITLE_WORDS = new Set(TITLES.split('|').map((title) => /^[A-Za-z]*/.exec(title)?.[0] ?? ''));

/** Whether any of its words is a common first name, or a common surname that precedes the name. */
export function hasKnownName(name: string): boolean {
  return (
    hasFirstName(name) ||
    wordsOf(name).some(
      (word) => LABELLED_NAMES.has(word) || (word.length > 2 && FIRST_NAMES.has(word)),
    ) ||
    [3, 2, 1].some((length) => FAMILY.has(name.slice(0, length)))
  );
}

const LEADING_TITLES = new RegExp(`^${TITLE}`, 'u');

/** A name without the titles before it. */
export function withoutTitles(name: string): string {
  return name.replace(LEADING_TITLES, '');
}

/** How many words a name has; a script without spaces may have one. */
export function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[\s,.\u3000-]+/u)
    .filter((word) => word !== '');
}

/** Whether a name has several words, or is in a script that writes names without spaces. */
export function isFullName(name: string): boolean {
  const words = asciiWords(name);
  if (words >= 0) return words > 1;
  return wordsOf(name).length > 1 || /^\p{sc=Han}{2,5}$|^\p{sc=Hangul}{3,4}$/u.test(name);
}

/** How many words a name in ASCII has; -1 for any other. */
function asciiWords(name: string): number {
  let words = 0;
  let isInWord = false;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code > 0x7f) return -1;
    const isGap = isBlank(code) || code === COMMA || code === DOT || code === MINUS;
    if (!isGap && !isInWord) words++;
    isInWord = !isGap;
  }
  return words;
}

/** A surname and a first name are two words; `Module-Build` is one. */
export function hasSeveralWords(name: string): boolean {
  return isFullName(name) && (/[\s,]/.test(name) || /[^\x20-\u024f]/.test(name));
}

/** By the first character: most fields hold no name. */
function formsAt(text: string, at: number): readonly RegExp[] {
  const code = codeAt(text, at);
  if (isUpper(code)) return CASED_FORMS;
  if (code < 0x80) {
    const char = text[at] ?? '';
    if ('aeh'.includes(char)) return mayBeginInSmall(text, at) ? CASED_FORMS : NO_FORMS;
    return 'dvltz'.includes(char) && hasGap(text, at) ? PARTICLE_FORMS : NO_FORMS;
  }
  return code < 0x590 ? CASED_FORMS : UNCASED_FORMS;
}

/** `al-`, `ash-` and the title `heer`. */
function mayBeginInSmall(text: string, at: number): boolean {
  if (text.startsWith('heer', at)) return true;
  return codeAt(text, at + 2) === MINUS || codeAt(text, at + 3) === MINUS;
}

/** A particle has five letters at most. */
function hasGap(text: string, at: number): boolean {
  for (let end = at + 1; end <= at + 5; end++) {
    const code = codeAt(text, end);
    if (code === SPACE || code === 0xa0) return true;
  }
  return false;
}

/** What a name may have in the order of `CASED_FORMS`: a comma, two capitals in a row, anything. */
const HAS_COMMA = 1;
const HAS_CAPITALS = 2;
const HAS_ANY = 4;
const ALL_SIGNS = HAS_COMMA | HAS_CAPITALS | HAS_ANY;
const SIGNS_OF_FORM = [HAS_COMMA, HAS_CAPITALS, HAS_ANY];
const LONGEST_NAME = 400;

/** Returns which forms what is at `at` may have; cheap. */
function signsOf(text: string, at: number): number {
  let signs = HAS_ANY;
  let isCapital = false;
  for (let end = at; ; end++) {
    const code = codeAt(text, end);
    if (code > 0x7f || end - at > LONGEST_NAME) return ALL_SIGNS;
    const isCapitalNow = isUpper(code);
    if (isCapitalNow && isCapital) signs |= HAS_CAPITALS;
    else if (code === COMMA) signs |= HAS_COMMA;
    else if (!isLetter(code) && !isSignOfName(code)) return signs;
    isCapital = isCapitalNow;
  }
}

function isSignOfName(code: number): boolean {
  return code === SPACE || code === DOT || code === MINUS || code === SINGLE_QUOTE;
}

function endOf(form: RegExp, text: string, at: number): number | undefined {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : undefined;
}
