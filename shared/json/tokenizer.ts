// Reads JSON text token by token, by the grammar of RFC 8259 and no more loosely. The end of a long
// string is found with the engine's own search, as most of a request body is long strings.

/** The text is not JSON. Says where and never what, as the text may be personal data. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = 'JsonSyntaxError';
  /** UTF-16 offset at which the text stops being JSON; its length when it ends too early. */
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
/** The bit that turns an ASCII capital into its small letter. */
const SMALL = 0x20;

const SIMPLE_ESCAPES = new Set(Array.from('"\\/bfnrt', (letter) => letter.charCodeAt(0)));

/** Up to this length a loop beats the cost of calling the engine's search. */
const SHORT_UNITS = 24;

/** A position that moves over the text, one token at a time. */
export class JsonTokens {
  /** UTF-16 offset of the first unit not yet read. */
  at = 0;
  readonly #text: string;
  // Where the next backslash and the next control character stand; the length when there is none.
  // Both only ever grow, so that all the searches for one of them together pass the text once.
  #backslashAt = -1;
  #controlAt = -1;
  readonly #control = /[^\u0020-\uffff]/g;

  constructor(text: string) {
    this.#text = text;
  }

  /** Skips whitespace. @returns the unit after it, NaN at the end of the text. */
  peek(): number {
    let at = this.at;
    let unit = this.#text.charCodeAt(at);
    while (unit === SPACE || unit === LINE_FEED || unit === RETURN || unit === TAB) {
      at += 1;
      unit = this.#text.charCodeAt(at);
    }
    this.at = at;
    return unit;
  }

  /** Skips whitespace and then `unit`. @returns false when something else is there. */
  takes(unit: number): boolean {
    const taken = this.peek() === unit;
    if (taken) this.at += 1;
    return taken;
  }

  /** Skips whitespace and then `unit`, which must be there. */
  expect(unit: number): void {
    if (!this.takes(unit)) fail(this.at);
  }

  /** Skips whitespace, after which nothing may be left. */
  expectEnd(): void {
    this.peek();
    if (this.at < this.#text.length) fail(this.at);
  }

  /** Reads the value without parts that begins here. */
  leaf(): 'string' | 'number' | 'true' | 'false' | 'null' {
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

  /** Reads the string that begins here. */
  string(): 'string' {
    const text = this.#text;
    let at = this.at;
    if (text.charCodeAt(at) !== QUOTE) fail(at);
    at += 1;
    const shortEnd = at + SHORT_UNITS;
    let unit = text.charCodeAt(at);
    while (at < shortEnd && unit !== QUOTE && unit !== BACKSLASH && unit >= SPACE) {
      at += 1;
      unit = text.charCodeAt(at);
    }
    this.at = unit === QUOTE ? at + 1 : this.#stringEnd(at);
    return 'string';
  }

  /** The end of a string that has not ended before `from`. */
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

  /** The end of the escape whose backslash is at `from`. */
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
    if ((text.charCodeAt(at) | SMALL) === LOWER_E) {
      const sign = text.charCodeAt(at + 1);
      at = this.#digitsEnd(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
    }
    this.at = at;
    return 'number';
  }

  /** The end of one or more digits. */
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

function isDigit(unit: number): boolean {
  return unit >= ZERO && unit <= NINE;
}

function isHex(unit: number): boolean {
  const small = unit | SMALL;
  return isDigit(unit) || (small >= LOWER_A && small <= LOWER_F);
}
