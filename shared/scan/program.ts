// What the scan kernel searches texts for. Consumers compile their detectors and rules to one program.

import { REACH } from './assembly/layout.ts';

export {
  BASE64,
  CODE_FOREIGN,
  CONFUSABLE,
  CONFUSABLE_TRIGGER,
  DIGIT,
  DROPPED,
  GROUP_TRIGGER,
  LETTER,
  NUMBER,
  REACH,
  RUN_TRIGGER,
  SEPARATOR,
  SURE,
  TOKEN,
  UNFOLDED,
  WORD,
} from './assembly/layout.ts';

/** A keyword in lower case; it is found in any letter case. */
export interface Keyword {
  readonly text: string;
  /** Whether it is only wanted where no word goes on before its first character, or after its last one. */
  readonly isWholeLeft?: boolean;
  readonly isWholeRight?: boolean;
  /**
   * Whether it is found in the folded text, in whose form it is. Where characters that fold to nothing follow
   * it, it is found at each of them, too.
   */
  readonly isFolded?: boolean;
}

/** In a fold table: the unit folds to nothing, or to several, which ends what keywords are begun. */
export const FOLD_DROPPED = 0xffff;
export const FOLD_SEVERAL = 0xfffe;

/** An ASCII character, wanted between certain others. */
export interface CharTrigger {
  readonly char: string;
  /** 1 for each ASCII code that may stand beside it, and `CODE_FOREIGN`; 0 also stands for the start or end of the text. Absent for any. */
  readonly before?: Uint8Array | undefined;
  readonly after?: Uint8Array | undefined;
}

export interface ScanProgram {
  readonly keywords: readonly Keyword[];
  readonly chars: readonly CharTrigger[];
  /** The fewest digits of a group that is wanted; 0 for none. */
  readonly digitsMin: number;
  /** 1 for each length of a run that is wanted, below `REACH` twice; all longer ones are, if any is. */
  readonly runLengths: Uint8Array;
  /** The shortest base64 that is wanted, at most `REACH`; 0 for none. */
  readonly base64Min: number;
  /** `LETTER`, `DIGIT`, `BASE64` and `SEPARATOR` by ASCII code. */
  readonly kinds: Uint8Array;
  /** `CONFUSABLE` and the like by UTF-16 code unit. */
  readonly unitBits: Uint8Array;
  /** For folded keywords: the unit that each one folds to. A space after a space folds to nothing. */
  readonly fold?: Uint16Array | undefined;
}

/** Trigger of the first character of a program; those of the keywords follow. */
export const FIRST_CHAR_TRIGGER = 3;

export function firstKeywordTrigger({ chars }: ScanProgram): number {
  return FIRST_CHAR_TRIGGER + chars.length;
}

/** Whether a program asks for runs at all. */
export function hasRuns({ runLengths, base64Min }: ScanProgram): boolean {
  return base64Min > 0 || runLengths.includes(1);
}

/** Longer keywords would need too much text before a position. */
export const KEYWORD_LENGTH_MAX = 1_024;
/** Codes of a test of neighbors: ASCII and `CODE_FOREIGN`. */
export const BESIDE_CODES = 129;

/** @throws RangeError if the program is malformed */
export function checkProgram(program: ScanProgram): void {
  const { keywords, chars, digitsMin, runLengths, base64Min, kinds, unitBits, fold } = program;
  for (const { text, isFolded, isWholeLeft, isWholeRight } of keywords) {
    if (isFolded && (!fold || isWholeLeft || isWholeRight || text !== foldedText(text, fold))) {
      throw new RangeError('a folded keyword must be folded, and may be a part of a word');
    }
    if (text === '' || text.length > KEYWORD_LENGTH_MAX) {
      throw new RangeError(`a keyword must have 1 to ${KEYWORD_LENGTH_MAX} characters`);
    }
    if (text !== text.toLowerCase()) throw new RangeError('a keyword must be in lower case');
  }
  const codes = new Set<number>();
  for (const { char, before, after } of chars) {
    const code = char.charCodeAt(0);
    if (char.length !== 1 || code === 0 || code > 0x7f || isDigitCode(code) || codes.has(code)) {
      throw new RangeError('a trigger character must be ASCII, no digit, and listed once');
    }
    codes.add(code);
    if ([before, after].some((table) => table && table.length !== BESIDE_CODES)) {
      throw new RangeError(`a test of neighbors must have ${BESIDE_CODES} codes`);
    }
  }
  // The digits of a group and their separators must be within reach.
  if (!isWithin(digitsMin, REACH / 2) || !isWithin(base64Min, REACH)) {
    throw new RangeError('a wanted size is beyond reach');
  }
  if (fold && fold.length !== 0x10000) throw new RangeError('a table has the wrong size');
  if (runLengths.length !== 2 * REACH || kinds.length !== 128 || unitBits.length !== 0x10000) {
    throw new RangeError('a table has the wrong size');
  }
}

function isWithin(size: number, max: number): boolean {
  return Number.isInteger(size) && size >= 0 && size <= max;
}

function isDigitCode(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const SPACE = 0x20;

/** A text as folded keywords see it; `\ud800` stands for several characters. */
export function foldedText(text: string, fold: Uint16Array): string {
  const units: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = fold[text.charCodeAt(at)] ?? FOLD_DROPPED;
    if (unit === FOLD_DROPPED || (unit === SPACE && units.at(-1) === SPACE)) continue;
    units.push(unit === FOLD_SEVERAL ? SEVERAL : unit);
  }
  return units.map((unit) => String.fromCharCode(unit)).join('');
}

const SEVERAL = 0xd800;
