// Where the triggers of a program are in a text: the twin of the kernel's search.

import { casesOf } from './automaton-units.ts';
import {
  ANY,
  BASE64,
  CELL_TRIGGER,
  CODE_FOREIGN,
  CONFUSABLE,
  CONFUSABLE_TRIGGER,
  DIGIT,
  DROPPED,
  EVERY,
  FIRST_CHAR_TRIGGER,
  firstKeywordTrigger,
  foldedText,
  GROUP_TRIGGER,
  hasRuns,
  KEYWORD_LENGTH_MAX,
  LETTER,
  loneDigitsMin,
  NUMBER,
  PART_START,
  REACH,
  RUN_TRIGGER,
  SEPARATOR,
  SURE,
  TOKEN,
  WORD_START,
  type Beside,
  type Keyword,
  type ScanProgram,
} from './program.ts';
import { Places } from './places.ts';

type Trigger = readonly [position: number, trigger: number];

/** A `%` or `\` escape of a printable ASCII character, in the text itself. */
const ESCAPE = /(?:%|\\u00)(?:[2-6][0-9a-fA-F]|7[0-9a-eA-E])/y;
const MATH_DIGIT = /^\ud835[\udfce-\udfff]/;

/** By position; where several are at one, characters, digits and runs first, then the longest keywords. */
export function* triggersIn(text: string, program: ScanProgram): Generator<Trigger> {
  const view = new TextView(text, program);
  const { keywords, folded } = keywordsOf(program);
  const lower = keywords.lowered(text);
  let foldedBefore = '';
  for (let at = 0; at < text.length; at += 1) {
    if (view.beginsGroup(at)) yield [at, GROUP_TRIGGER];
    if (view.mayBeCell(at)) yield [at, CELL_TRIGGER];
    if (view.mayBeginRun(at)) yield [at, RUN_TRIGGER];
    if (view.mayBeConfusable(at)) yield [at, CONFUSABLE_TRIGGER];
    const char = view.charTriggerAt(at);
    if (char !== undefined) yield [at, char];
    for (const { length, trigger, keyword } of keywords.endingAt(lower, at)) {
      const start = at + 1 - length;
      const isWanted = view.isBeside(start, at + 1, keyword);
      if (isWanted || (keyword.isHeading && view.mayBeHeading(start, at + 1))) {
        yield [at, trigger];
      }
    }
    if (!program.fold) continue;
    foldedBefore = foldedText(
      foldedBefore.slice(-KEYWORD_LENGTH_MAX) + text.charAt(at),
      program.fold,
    );
    for (const { trigger } of folded.endingAt(foldedBefore, foldedBefore.length - 1)) {
      yield [at, trigger];
    }
  }
}

interface Listed {
  readonly keyword: Keyword;
  readonly length: number;
  readonly trigger: number;
}

interface KeywordsOf {
  readonly keywords: Keywords;
  readonly folded: Keywords;
}

const keywordsByProgram = new WeakMap<ScanProgram, KeywordsOf>();

function keywordsOf(program: ScanProgram): KeywordsOf {
  const known = keywordsByProgram.get(program);
  if (known) return known;
  const keywords = { keywords: new Keywords(program, false), folded: new Keywords(program, true) };
  keywordsByProgram.set(program, keywords);
  return keywords;
}

class Keywords {
  readonly #lower = new Map<number, string>();
  readonly #byText = new Map<string, Listed[]>();
  /** The longest first. */
  readonly #lengths: readonly number[];

  constructor(program: ScanProgram, isFolded: boolean) {
    const lengths = new Set<number>();
    for (const [index, keyword] of program.keywords.entries()) {
      const { text } = keyword;
      if ((keyword.isFolded ?? false) !== isFolded) continue;
      lengths.add(text.length);
      const trigger = firstKeywordTrigger(program) + index;
      const listed = this.#byText.get(text) ?? [];
      this.#byText.set(text, [...listed, { keyword, length: text.length, trigger }]);
      for (const char of text.split('')) {
        const units = isFolded ? [char.charCodeAt(0)] : casesOf(char.charCodeAt(0));
        for (const unit of units) this.#lower.set(unit, char);
      }
    }
    this.#lengths = Array.from(lengths).toSorted((one, other) => other - one);
  }

  /** A text with the letters of keywords in lower case, and one unit for all that are in no keyword. */
  lowered(text: string): string {
    let unused = 0;
    while (this.#lower.has(unused)) unused += 1;
    const none = String.fromCharCode(unused);
    return Array.from(
      { length: text.length },
      (_, at) => this.#lower.get(text.charCodeAt(at)) ?? none,
    ).join('');
  }

  *endingAt(lower: string, last: number): Generator<Listed> {
    for (const length of this.#lengths) {
      if (length > last + 1) continue;
      yield* this.#byText.get(lower.slice(last + 1 - length, last + 1)) ?? [];
    }
  }
}

class TextView {
  readonly #text: string;
  readonly #program: ScanProgram;
  readonly #places: Places;

  constructor(text: string, program: ScanProgram) {
    this.#text = text;
    this.#program = program;
    this.#places = new Places(text, program.places);
  }

  mayBeHeading(start: number, end: number): boolean {
    return this.#places.mayBeHeading(start, end);
  }

  /** Whether a digit begins a group that has the fewest digits a trigger asks for. */
  beginsGroup(at: number): boolean {
    const { digitsMin } = this.#program;
    if (digitsMin === 0 || !this.#is(at, DIGIT) || this.#is(at - 1, DIGIT)) return false;
    if (this.#is(at - 1, SEPARATOR) && this.#is(at - 2, DIGIT)) return false;
    const end = this.#end(at, DIGIT, REACH);
    const isLone = !this.#is(end, SEPARATOR) || !this.#is(end + 1, DIGIT);
    const isAfterLetter = this.#is(at - 1, SEPARATOR) && this.#is(at - 2, LETTER);
    if (isLone && !isAfterLetter && end - at < loneDigitsMin(this.#program)) return false;
    let digits = 0;
    for (let each = at; digits < digitsMin; each += 1) {
      if (this.#is(each, DIGIT)) digits += 1;
      else if (!this.#is(each, SEPARATOR) || !this.#is(each + 1, DIGIT)) return false;
    }
    return true;
  }

  /** Whether a digit is the first one of a run that may be a cell. */
  mayBeCell(at: number): boolean {
    const run = this.#runAt(at);
    return run !== undefined && this.#places.mayBeCell(run.start, at, run.end);
  }

  /** Whether it is the first one of a run that a trigger asks for, or of base64 that may hold text. */
  mayBeginRun(at: number): boolean {
    const run = this.#runAt(at);
    if (!run || !hasRuns(this.#program)) return false;
    const { start, end } = run;
    if (at - start === REACH || end - at === REACH) return true;
    let letters = 0;
    for (let each = start; each < end; each += 1) if (this.#is(each, LETTER)) letters += 1;
    const isWanted = letters > 0 && this.#program.runLengths[end - start] === 1;
    return isWanted || this.#mayBeginBase64(at);
  }

  /** The run of letters and digits of which a digit is the first one, as far as within reach. */
  #runAt(at: number): { readonly start: number; readonly end: number } | undefined {
    if (!this.#is(at, DIGIT)) return undefined;
    const start = this.#start(at, LETTER);
    if (at - start < REACH && this.#is(start - 1, DIGIT)) return undefined;
    return { start, end: this.#end(at, LETTER | DIGIT, REACH) };
  }

  #mayBeginBase64(at: number): boolean {
    const { base64Min } = this.#program;
    let start = at;
    while (at - start < REACH && this.#is(start - 1, BASE64) && !this.#is(start - 1, DIGIT)) {
      start -= 1;
    }
    if (at - start < REACH && this.#is(start - 1, DIGIT)) return false;
    return base64Min > 0 && this.#end(at, BASE64, REACH) - start >= base64Min;
  }

  /** Start of what is of a kind before a position, and end of what is from it on. */
  #start(at: number, kind: number): number {
    let start = at;
    while (at - start < REACH && this.#is(start - 1, kind)) start -= 1;
    return start;
  }

  #end(at: number, kind: number, most: number): number {
    let end = at + 1;
    while (end - at < most && this.#is(end, kind)) end += 1;
    return end;
  }

  /** Whether normalizing the character, or undoing an escape at it, can change what is found. */
  mayBeConfusable(at: number): boolean {
    if (this.#text.charCodeAt(at) < 0x80) {
      ESCAPE.lastIndex = at;
      return ESCAPE.test(this.#text);
    }
    const bits = this.#bits(at);
    if ((bits & CONFUSABLE) === 0) return false;
    if (this.#text[at] === '\ud835') return MATH_DIGIT.test(this.#text.slice(at, at + 2));
    if ((bits & SURE) !== 0) return true;
    const [before, after] = [this.#bits(at - 1), this.#bits(at + 1)];
    if ((before & after & TOKEN) === 0) return false;
    return (bits & DROPPED) !== 0 || ((before | after) & NUMBER) !== 0;
  }

  charTriggerAt(at: number): number | undefined {
    const { chars } = this.#program;
    const index = chars.findIndex(({ char }) => char === this.#text[at]);
    const trigger = chars[index];
    return trigger && this.isBeside(at, at + 1, trigger) ? FIRST_CHAR_TRIGGER + index : undefined;
  }

  /** Whether what is before `start` and at `end` is in a wanted set. */
  isBeside(start: number, end: number, { before = ANY, after = ANY }: Beside): boolean {
    return (this.#setsBefore(start) & before) !== 0 && (this.#sets(end) & after) !== 0;
  }

  #setsBefore(start: number): number {
    const sets = this.#sets(start - 1);
    const before = this.#text.slice(Math.max(0, start - 2), start);
    if (/\\[nrt]$/.test(before)) return sets | PART_START | WORD_START;
    const isCapital = /[A-Z]/.test(this.#text.charAt(start));
    return isCapital && /[a-z]$/.test(before) ? sets | PART_START : sets;
  }

  #sets(at: number): number {
    return (this.#program.neighbours?.[this.#code(at)] ?? ANY) | EVERY;
  }

  #code(at: number): number {
    return Math.min(this.#unit(at), CODE_FOREIGN);
  }

  #is(at: number, kind: number): boolean {
    return ((this.#program.kinds[this.#unit(at)] ?? 0) & kind) !== 0;
  }

  #bits(at: number): number {
    return this.#program.unitBits[this.#unit(at)] ?? 0;
  }

  /** Where there is no text, as a control character. */
  #unit(at: number): number {
    return at >= 0 && at < this.#text.length ? this.#text.charCodeAt(at) : 0;
  }
}
