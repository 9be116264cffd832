// A strict JSON tokenizer (RFC 8259). It finds the end of long strings, which make up most of a
// request body, with `indexOf`.

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

export class JsonTokens {
  /** UTF-16 offset of the next character. */
  at = 0;
  readonly #text: string;
  // Offsets of the next backslash and control character, or the text's length. Both only grow, so
  // all searches together take linear time.
  #backslashAt = -1;
  #controlAt = -1;
  readonly #control = /[^\u0020-\uffff]/g;

  constructor(text: string) {
    this.#text = text;
  }

  /** Skips whitespace. @returns the next code unit, or NaN at the end of the text */
  peek(): number {
    let at = this.at;
    let code = this.#text.charCodeAt(at);
    while (code === SPACE || code === LINE_FEED || code === RETURN || code === TAB) {
      at += 1;
      code = this.#text.charCodeAt(at);
    }
    this.at = at;
    return code;
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

  /** Reads a string, number, boolean or null. */
  scalar(): 'string' | 'number' | 'true' | 'false' | 'null' {
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

  string(): 'string' {
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
    this.at = code === QUOTE ? at + 1 : this.#stringEnd(at);
    return 'string';
  }

  /** The end of a string whose closing quote is at `from` or later. */
  #stringEnd(from: number): number {
    let quoteAt = this.#find('"', from);
    if (this.#backslashAt < from) this.#backslashAt = this.#find('\\', from);
    while (this.#backslashAt < quoteAt) {
      const at = this.#escapeEnd(this.#backslashAt);
      if (quoteAt < at) quoteAt = this.#find('"', at);
      this.#backslashAt = this.#find('\\', at);
    }
    if (this.#controlAt < from) this.#controlAt = this.#findControl(from);
    if (this.#controlAt < quoteAt) fail(this.#controlAt);
    if (quoteAt === this.#text.length) fail(quoteAt);
    return quoteAt + 1;
  }

  /** The end of the escape that starts at `from`. */
  #escapeEnd(from: number): number {
    const letter = this.#text.charCodeAt(from + 1);
    if (SIMPLE_ESCAPES.has(letter)) return from + 2;
    if (letter !== LOWER_U) fail(from + 1);
    for (let at = from + 2; at < from + 6; at += 1) {
      if (!isHex(this.#text.charCodeAt(at))) fail(at);
    }
    return from + 6;
  }

  #word<Word extends 'true' | 'false' | 'null'>(word: Word): Word {
    if (!this.#text.startsWith(word, this.at)) fail(this.at);
    this.at += word.length;
    return word;
  }

  /** RFC 8259 section 6: `[ minus ] int [ frac ] [ exp ]`. */
  #number(): 'number' {
    const text = this.#text;
    let at = text.charCodeAt(this.at) === MINUS ? this.at + 1 : this.at;
    at = text.charCodeAt(at) === ZERO ? at + 1 : this.#digitsEnd(at);
    if (text.charCodeAt(at) === POINT) at = this.#digitsEnd(at + 1);
    if ((text.charCodeAt(at) | LOWER_CASE) === LOWER_E) {
      const sign = text.charCodeAt(at + 1);
      at = this.#digitsEnd(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
    }
    this.at = at;
    return 'number';
  }

  /** The end of a run of digits. @throws JsonSyntaxError if there is none */
  #digitsEnd(from: number): number {
    let at = from;
    while (isDigit(this.#text.charCodeAt(at))) at += 1;
    if (at === from) fail(at);
    return at;
  }

  #find(character: string, from: number): number {
    const at = this.#text.indexOf(character, from);
    return at === -1 ? this.#text.length : at;
  }

  #findControl(from: number): number {
    this.#control.lastIndex = from;
    return this.#control.test(this.#text) ? this.#control.lastIndex - 1 : this.#text.length;
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
