// A strict JSON tokenizer (RFC 8259). It finds the end of long strings, which make up most of a
// request body, with `indexOf`. A long token takes several steps.

export type TokenKind = 'string' | 'number' | 'true' | 'false' | 'null';

/** The text is not JSON. Reports the offset and quotes nothing, as the text may be personal data. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = 'JsonSyntaxError';
  /** UTF-16 offset of the first invalid character; the text's length if it ends too early. */
  readonly offset: number;

  constructor(offset: number) {
    super(`The text is not valid JSON at offset ${offset}.`);
    this.offset = offset;
  }
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;
const BACKSLASH_CHAR = '\\';
const LOWER_A = 0x61;
const LOWER_E = 0x65;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const LOWER_U = 0x75;
/** Bit that lower-cases an ASCII letter. */
const LOWER_CASE = 0x20;

const SIMPLE_ESCAPES = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));

/** For shorter strings a loop is faster than `indexOf`. */
const SHORT_LENGTH = 24;

/** Characters of a token that are read in one step: well below a millisecond, also if all are escapes. */
const STEP_CHARS = 32_768;

const CONTROL = /[^\u0020-\uffff]/;

export class JsonTokens {
  /** UTF-16 offset of the next character. */
  at = 0;
  readonly #text: string;
  // Both searches only go forward, so all of them together take linear time.
  readonly #backslashes: ForwardSearch;
  readonly #controls: ForwardSearch;
  /** Reads on in a token that is too long for one step. */
  #goOn: (() => TokenKind | undefined) | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#backslashes = new ForwardSearch(text, (part) => part.indexOf(BACKSLASH_CHAR));
    this.#controls = new ForwardSearch(text, (part) => part.search(CONTROL));
  }

  /** Reads the next characters of a token for which a method has returned `undefined`. */
  goOn(): TokenKind | undefined {
    return this.#goOn?.();
  }

  /** Skips whitespace. @returns whether there may be more: call it again before `peek` and the like */
  skipsLongSpace(): boolean {
    const start = this.at;
    if (!(this.#text.charCodeAt(start) <= SPACE)) return false;
    return this.#spaceEnd(start + STEP_CHARS) === start + STEP_CHARS;
  }

  /** Skips whitespace. @returns the next code unit, or NaN at the end of the text */
  peek(): number {
    const code = this.#text.charCodeAt(this.at);
    return code > SPACE ? code : this.#text.charCodeAt(this.#spaceEnd(Infinity));
  }

  /** Skips whitespace up to `limit`. */
  #spaceEnd(limit: number): number {
    let { at } = this;
    let code = this.#text.charCodeAt(at);
    while (
      at < limit &&
      (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB)
    ) {
      at += 1;
      code = this.#text.charCodeAt(at);
    }
    return (this.at = at);
  }

  /** Skips whitespace and `code`. @returns false if another character follows */
  consume(code: number): boolean {
    const matches = this.peek() === code;
    if (matches) this.at += 1;
    return matches;
  }

  /** Skips whitespace and `code`. @throws JsonSyntaxError if another character follows */
  expect(code: number): void {
    if (!this.consume(code)) fail(this.at);
  }

  /** Skips whitespace. @throws JsonSyntaxError if anything follows */
  expectEnd(): void {
    this.peek();
    if (this.at < this.#text.length) fail(this.at);
  }

  /** Reads a string, number, boolean or null; `undefined` if it goes on: see `goOn`. */
  scalar(): TokenKind | undefined {
    switch (this.#text.charCodeAt(this.at)) {
      case QUOTE:
        return this.string();
      case LOWER_T:
        return this.#word('true');
      case LOWER_F:
        return this.#word('false');
      case LOWER_N:
        return this.#word('null');
      default:
        return this.#number();
    }
  }

  /** `undefined` if the string goes on: see `goOn`. */
  string(): 'string' | undefined {
    const text = this.#text;
    let at = this.at;
    if (text.charCodeAt(at) !== QUOTE) fail(at);
    at += 1;
    const shortEnd = at + SHORT_LENGTH;
    let code = text.charCodeAt(at);
    while (at < shortEnd && code !== QUOTE && code !== BACKSLASH && code >= SPACE) {
      at += 1;
      code = text.charCodeAt(at);
    }
    if (code !== QUOTE) return this.#longString(at);
    this.at = at + 1;
    return 'string';
  }

  /** Reads on in a string whose closing quote is at `from` or later. */
  #longString(from: number): 'string' | undefined {
    const limit = Math.min(this.#text.length, from + STEP_CHARS);
    let at = from;
    let quoteAt = this.#quoteAt(at, limit);
    let backslashAt = this.#backslashes.before(quoteAt, at);
    while (backslashAt !== undefined) {
      at = this.#escapeEnd(backslashAt, from);
      if (quoteAt < at) quoteAt = this.#quoteAt(at, limit);
      backslashAt = this.#backslashes.before(quoteAt, at);
    }
    const controlAt = this.#controls.before(quoteAt, from);
    if (controlAt !== undefined) fail(controlAt);
    if (quoteAt < limit) {
      this.at = quoteAt + 1;
      return 'string';
    }
    if (limit === this.#text.length) fail(limit);
    // An escape may end after the limit.
    const next = Math.max(at, limit);
    this.#goOn = () => this.#longString(next);
    return undefined;
  }

  /** The next quote, or `limit` if there is none before it. */
  #quoteAt(from: number, limit: number): number {
    const found = this.#text.slice(from, limit).indexOf('"');
    return found === -1 ? limit : from + found;
  }

  /** The end of the escape that starts at `from`; controls before `checkedTo` have been looked for. */
  #escapeEnd(from: number, checkedTo: number): number {
    const letter = this.#text.charCodeAt(from + 1);
    if (SIMPLE_ESCAPES.has(letter)) return from + 2;
    if (letter !== LOWER_U) this.#failAt(from + 1, checkedTo);
    for (let at = from + 2; at < from + 6; at += 1) {
      if (!isHex(this.#text.charCodeAt(at))) this.#failAt(at, checkedTo);
    }
    return from + 6;
  }

  /** Fails at an invalid escape, or at a control character before it. */
  #failAt(offset: number, checkedTo: number): never {
    fail(this.#controls.before(offset, checkedTo) ?? offset);
  }

  #word<Word extends 'true' | 'false' | 'null'>(word: Word): Word {
    if (!this.#text.startsWith(word, this.at)) fail(this.at);
    this.at += word.length;
    return word;
  }

  /** RFC 8259 section 6: `[ minus ] int [ frac ] [ exp ]`. */
  #number(): 'number' | undefined {
    const at = this.#text.charCodeAt(this.at) === MINUS ? this.at + 1 : this.at;
    if (this.#text.charCodeAt(at) === ZERO) return this.#fraction(at + 1);
    return this.#digits(at, (end) => this.#fraction(end));
  }

  #fraction(at: number): 'number' | undefined {
    if (this.#text.charCodeAt(at) !== POINT) return this.#exponent(at);
    return this.#digits(at + 1, (end) => this.#exponent(end));
  }

  #exponent(at: number): 'number' | undefined {
    if ((this.#text.charCodeAt(at) | LOWER_CASE) !== LOWER_E) return this.#numberEnd(at);
    const sign = this.#text.charCodeAt(at + 1);
    return this.#digits(sign === PLUS || sign === MINUS ? at + 2 : at + 1, (end) =>
      this.#numberEnd(end),
    );
  }

  #numberEnd(at: number): 'number' {
    this.at = at;
    return 'number';
  }

  /** Reads digits, of which there is at least one, and then what follows. */
  #digits(
    from: number,
    next: (at: number) => 'number' | undefined,
    isContinued = false,
  ): 'number' | undefined {
    const limit = from + STEP_CHARS;
    let at = from;
    while (at < limit && isDigit(this.#text.charCodeAt(at))) at += 1;
    if (at === from && !isContinued) fail(at);
    if (at < limit) return next(at);
    this.#goOn = () => this.#digits(at, next, true);
    return undefined;
  }
}

/** Searches a text forward, a part at a time. */
class ForwardSearch {
  readonly #text: string;
  /** The offset of the first match in a part, or -1. */
  readonly #search: (part: string) => number;
  /** A match, or up to where there is none. */
  #at = 0;
  #isMatch = false;

  constructor(text: string, search: (part: string) => number) {
    this.#text = text;
    this.#search = search;
  }

  /** The first match from `from` on and before `limit`; neither ever decreases. */
  before(limit: number, from: number): number | undefined {
    if (this.#at < from) {
      this.#at = from;
      this.#isMatch = false;
    }
    while (!this.#isMatch && this.#at < limit) {
      const end = this.#at + STEP_CHARS;
      const found = this.#search(this.#text.slice(this.#at, end));
      this.#isMatch = found !== -1;
      this.#at = this.#isMatch ? this.#at + found : end;
    }
    return this.#isMatch && this.#at < limit ? this.#at : undefined;
  }
}

function fail(offset: number): never {
  throw new JsonSyntaxError(offset);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function isHex(code: number): boolean {
  const lower = code | LOWER_CASE;
  return isDigit(code) || (lower >= LOWER_A && lower <= LOWER_F);
}
