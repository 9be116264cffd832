// Where the triggers of a program are in a text: the twin of the kernel's search.

import { casesOf } from './automaton.ts';
import {
  BASE64,
  CODE_FOREIGN,
  CONFUSABLE,
  CONFUSABLE_TRIGGER,
  DIGIT,
  DROPPED,
  FIRST_CHAR_TRIGGER,
  firstKeywordTrigger,
  foldedText,
  GROUP_TRIGGER,
  hasRuns,
  KEYWORD_LENGTH_MAX,
  LETTER,
  NUMBER,
  REACH,
  RUN_TRIGGER,
  SEPARATOR,
  SURE,
  TOKEN,
  WORD,
  type Keyword,
  type ScanProgram,
} from './program.ts';

type Trigger = readonly [position: number, trigger: number];

/** A `%` or `\` escape of a printable ASCII character, in the text itself. */
const ESCAPE = /(?:%|\\u00)(?:[2-6][0-9a-fA-F]|7[0-9a-eA-E])/y;
const MATH_DIGIT = /^\ud835[\udfce-\udfff]/;

/** By position; where several are at one, characters, digits and runs first, then the longest keywords. */
export function* triggersIn(text: string, program: ScanProgram): Generator<Trigger> {
  const view = new TextView(text, program);
  const keywords = new Keywords(program, false);
  const folded = new Keywords(program, true);
  let foldedBefore = '';
  for (let at = 0; at < text.length; at += 1) {
    if (view.beginsGroup(at)) yield [at, GROUP_TRIGGER];
    if (view.mayBeginRun(at)) yield [at, RUN_TRIGGER];
    if (view.mayBeConfusable(at)) yield [at, CONFUSABLE_TRIGGER];
    const char = view.charTriggerAt(at);
    if (char !== undefined) yield [at, char];
    for (const { length, trigger, keyword } of keywords.endingAt(text, at)) {
      const start = at + 1 - length;
      if (keyword.isWholeLeft && view.isWord(start) && view.isWord(start - 1)) continue;
      if (keyword.isWholeRight && view.isWord(at) && view.isWord(at + 1)) continue;
      yield [at, trigger];
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

  *endingAt(text: string, last: number): Generator<Listed> {
    for (const length of this.#lengths) {
      if (length > last + 1) continue;
      const part = text.slice(last + 1 - length, last + 1).split('');
      const lower = part.map((char) => this.#lower.get(char.charCodeAt(0)));
      if (!lower.includes(undefined)) yield* this.#byText.get(lower.join('')) ?? [];
    }
  }
}

class TextView {
  readonly #text: string;
  readonly #program: ScanProgram;

  constructor(text: string, program: ScanProgram) {
    this.#text = text;
    this.#program = program;
  }

  /** Whether a digit begins a group that has the fewest digits a trigger asks for. */
  beginsGroup(at: number): boolean {
    const { digitsMin } = this.#program;
    if (digitsMin === 0 || !this.#is(at, DIGIT) || this.#is(at - 1, DIGIT)) return false;
    if (this.#is(at - 1, SEPARATOR) && this.#is(at - 2, DIGIT)) return false;
    let digits = 0;
    for (let each = at; digits < digitsMin; each += 1) {
      if (this.#is(each, DIGIT)) digits += 1;
      else if (!this.#is(each, SEPARATOR) || !this.#is(each + 1, DIGIT)) return false;
    }
    return true;
  }

  /** Whether a digit is the first one of a run that a trigger asks for, or of base64 that may hold text. */
  mayBeginRun(at: number): boolean {
    if (!this.#is(at, DIGIT) || !hasRuns(this.#program)) return false;
    const start = this.#start(at, LETTER);
    if (at - start < REACH && this.#is(start - 1, DIGIT)) return false;
    const end = this.#end(at, LETTER | DIGIT, REACH);
    if (at - start === REACH || end - at === REACH) return true;
    let letters = 0;
    for (let each = start; each < end; each += 1) if (this.#is(each, LETTER)) letters += 1;
    const isWanted = letters > 0 && this.#program.runLengths[end - start] === 1;
    return isWanted || this.#mayBeginBase64(at);
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
    const { before, after } = chars[index] ?? {};
    if (index === -1) return undefined;
    if (before && before[this.#code(at - 1)] !== 1) return undefined;
    if (after && after[this.#code(at + 1)] !== 1) return undefined;
    return FIRST_CHAR_TRIGGER + index;
  }

  isWord(at: number): boolean {
    return (this.#bits(at) & WORD) !== 0;
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
