// What the scan kernel searches texts for. Consumers compile their detectors and rules to one program.

import { REACH } from './assembly/layout.ts';

export {
  BASE64,
  CELL_TRIGGER,
  CODE_FOREIGN,
  CONFUSABLE,
  CONFUSABLE_TRIGGER,
  CROSSING,
  DELIMITER,
  DIGIT,
  DROPPED,
  GROUP_TRIGGER,
  IN_CODE,
  IN_HEADING,
  IN_NUMBER,
  IN_PADDING,
  LETTER,
  NUMBER,
  PART_START,
  REACH,
  RUN_TRIGGER,
  SEPARATOR,
  SURE,
  TOKEN,
  UNFOLDED,
  WORD,
  WORD_START,
} from './assembly/layout.ts';

/** Sets of neighbours, as bits of which any common one suffices; absent for any neighbour. */
export interface Beside {
  readonly before?: number;
  readonly after?: number;
}

/** A keyword in lower case; it is found in any letter case. */
export interface Keyword extends Beside {
  readonly text: string;
  /** Whether it is also wanted wherever it may be in a heading of a table. */
  readonly isHeading?: boolean;
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
export interface CharTrigger extends Beside {
  readonly char: string;
}

export interface ScanProgram {
  readonly keywords: readonly Keyword[];
  readonly chars: readonly CharTrigger[];
  /**
   * The sets of each neighbour by ASCII code, then of all others; code 0 also stands for the start and the
   * end of the text. `PART_START` and `WORD_START` also have a small letter before a capital one, or in an
   * escape such as `\n`. Absent if nothing is tested.
   */
  readonly neighbours?: Uint32Array | undefined;
  /** The fewest digits of a group that is wanted; 0 for none. */
  readonly digitsMin: number;
  /** Of a group without separators, unless it follows a letter and a separator. */
  readonly loneDigitsMin?: number;
  /** `IN_HEADING` and the like by UTF-16 code unit; absent if neither headings nor cells are wanted. */
  readonly places?: Uint8Array | undefined;
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
export const FIRST_CHAR_TRIGGER = 4;

export function firstKeywordTrigger({ chars }: ScanProgram): number {
  return FIRST_CHAR_TRIGGER + chars.length;
}

/** Whether a program asks for runs at all. */
export function hasRuns({ runLengths, base64Min }: ScanProgram): boolean {
  return base64Min > 0 || runLengths.includes(1);
}

/** The fewest digits of a group that is wanted wherever it is. */
export function loneDigitsMin({ digitsMin, loneDigitsMin: min = digitsMin }: ScanProgram): number {
  return min;
}

/** Whether the neighbours of a keyword are tested. */
export function isTested({ before = ANY, after = ANY }: Beside): boolean {
  return before !== ANY || after !== ANY;
}

/** In any set; all neighbours are in the one of the highest bit. */
export const ANY = -1;
export const EVERY = 1 << 31;

/** Longer keywords would need too much text before a position. */
export const KEYWORD_LENGTH_MAX = 1_024;
/** Codes of neighbours: ASCII and `CODE_FOREIGN`. */
export const BESIDE_CODES = 129;

/** @throws RangeError if the program is malformed */
export function checkProgram(program: ScanProgram): void {
  const { keywords, chars, digitsMin, runLengths, base64Min, kinds, unitBits, fold } = program;
  const { neighbours, places } = program;
  for (const { text, isFolded, isHeading, ...beside } of keywords) {
    const isPlain = !isHeading && !isTested(beside);
    if (isFolded && (!fold || !isPlain || text !== foldedText(text, fold))) {
      throw new RangeError('a folded keyword must be folded, and wanted beside anything');
    }
    if (isHeading && !places) throw new RangeError('without places, there are no headings');
    if (text === '' || text.length > KEYWORD_LENGTH_MAX) {
      throw new RangeError(`a keyword must have 1 to ${KEYWORD_LENGTH_MAX} characters`);
    }
    if (text !== text.toLowerCase()) throw new RangeError('a keyword must be in lower case');
  }
  const codes = new Set<number>();
  for (const { char } of chars) {
    const code = char.charCodeAt(0);
    if (char.length !== 1 || code === 0 || code > 0x7f || isDigitCode(code) || codes.has(code)) {
      throw new RangeError('a trigger character must be ASCII, no digit, and listed once');
    }
    codes.add(code);
  }
  if (!neighbours && [...keywords, ...chars].some(isTested)) {
    throw new RangeError('without sets of neighbours, they cannot be tested');
  }
  // The digits of a group and their separators must be within reach.
  const sizes = [
    [digitsMin, 0, REACH / 2],
    [loneDigitsMin(program), digitsMin, REACH / 2],
    [base64Min, 0, REACH],
  ] as const;
  if (sizes.some(([size, min, max]) => !Number.isInteger(size) || size < min || size > max)) {
    throw new RangeError('a wanted size is beyond reach');
  }
  const tables = [
    [neighbours, BESIDE_CODES],
    [fold, 0x10000],
    [places, 0x10000],
    [unitBits, 0x10000],
    [runLengths, 2 * REACH],
    [kinds, 128],
  ] as const;
  if (tables.some(([table, length]) => table && table.length !== length)) {
    throw new RangeError('a table has the wrong size');
  }
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
