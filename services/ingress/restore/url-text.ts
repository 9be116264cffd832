// Reads raw JSON string text for the URL scanner: undoes the escapes of JSON strings and the HTML entities
// that can hide the start of a URL. Either may be cut anywhere.

import { binaryText } from '../../../shared/json/binary-text.ts';
import { UrlScanner } from './url-scanner.ts';
import type { UrlRules } from './url-state.ts';

/** Characters read between two steps: about a millisecond. */
const STEP_CHARS = 4_096;

const CHAR_BY_LETTER: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const CHAR_BY_ENTITY: Readonly<Record<string, string>> = {
  Tab: '\t',
  NewLine: '\n',
  colon: ':',
  sol: '/',
  bsol: '\\',
  period: '.',
  num: '#',
  quest: '?',
  commat: '@',
  amp: '&',
};
const ENTITY_LENGTH_MAX = 12;
const ENTITY_CHAR = /[#\da-z]/i;
const ENTITY = /^&(?:#x0*([\da-f]{1,6})|#0*(\d{1,7})|([a-z]+))$/i;
/** These begin an escape or an entity, or end a string. */
const SPECIAL: ReadonlySet<string> = new Set(['\\', '"', '&']);
const UNICODE_ESCAPE_LENGTH = 6;

export class UrlText {
  #scanner: UrlScanner;
  readonly depth: number;
  /** The start of an escape, by JSON string, the outer one first. */
  #escapes: string[];
  #entity: string;

  private constructor(scanner: UrlScanner, depth: number, escapes: readonly string[], entity = '') {
    this.#scanner = scanner;
    this.depth = depth;
    this.#escapes = [...escapes];
    this.#entity = entity;
  }

  /** A text nested in `depth` JSON strings; in JSON inside a string, each string is a text of its own. */
  static of(rules: UrlRules, depth: number, isPage: boolean): UrlText {
    return new UrlText(new UrlScanner(rules, isPage), depth, ['', '']);
  }

  clone(): UrlText {
    return new UrlText(this.#scanner.clone(), this.depth, this.#escapes, this.#entity);
  }

  /** Goes back to an earlier clone. */
  become(earlier: UrlText): void {
    this.#scanner = earlier.#scanner.clone();
    this.#escapes = [...earlier.#escapes];
    this.#entity = earlier.#entity;
  }

  *read(raw: string, from: number, to: number): Generator<void, void> {
    for (let at = from; at < to; at += 1) {
      if ((at - from) % STEP_CHARS === STEP_CHARS - 1) yield;
      const char = raw[at] ?? '';
      if (this.#isPlain && !SPECIAL.has(char)) this.#scanner.char(char);
      else this.#unescape(char, 0);
    }
  }

  /** Whether the placeholder that comes next may be restored; `undefined` until its host is known. */
  placeholder(name: string, value: string): boolean | undefined {
    this.#endEntity();
    const text = binaryText(value);
    const decision = this.#scanner.placeholder(name, text);
    if (decision) for (const char of text) this.#char(char);
    return decision;
  }

  takeDecided(): readonly boolean[] {
    return this.#scanner.takeDecided();
  }

  /** Decides as if the text ended here; another text may follow it on the page. */
  pause(): void {
    this.#endEntity();
    this.#scanner.pause();
  }

  #end(): void {
    this.#endEntity();
    this.#scanner.end();
    this.#escapes = ['', ''];
  }

  get #isPlain(): boolean {
    return this.#entity === '' && this.#escapes[0] === '' && this.#escapes[1] === '';
  }

  /** Undoes the escapes of the JSON string at `level`, then those of the strings in it. */
  #unescape(char: string, level: number): void {
    if (level === this.depth) return this.#char(char);
    const escape = this.#escapes[level] ?? '';
    if (escape === '') {
      if (char === '\\') this.#escapes[level] = char;
      else if (level > 0 && char === '"') this.#end();
      else this.#unescape(char, level + 1);
      return;
    }
    const longer = escape + char;
    if (longer.startsWith('\\u') && longer.length < UNICODE_ESCAPE_LENGTH) {
      this.#escapes[level] = longer;
      return;
    }
    this.#escapes[level] = '';
    const code = longer.startsWith('\\u') ? Number.parseInt(longer.slice(2), 16) : undefined;
    const text =
      code === undefined ? (CHAR_BY_LETTER[char] ?? char) : String.fromCharCode(code || 0);
    for (const each of binaryText(text)) this.#unescape(each, level + 1);
  }

  #char(char: string): void {
    if (this.#entity !== '') {
      if (ENTITY_CHAR.test(char) && this.#entity.length < ENTITY_LENGTH_MAX) {
        this.#entity += char;
        return;
      }
      if (this.#endEntity() && char === ';') return;
    }
    if (char === '&') this.#entity = char;
    else this.#scanner.char(char);
  }

  /** Reads what began like an entity; returns whether it was one. */
  #endEntity(): boolean {
    const entity = this.#entity;
    if (entity === '') return false;
    this.#entity = '';
    const [, hex, decimal, name = ''] = ENTITY.exec(entity) ?? [];
    const named = Object.hasOwn(CHAR_BY_ENTITY, name) ? CHAR_BY_ENTITY[name] : undefined;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const char = named ?? (code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined);
    if (char === undefined) for (const each of entity) this.#scanner.char(each);
    else for (const each of binaryText(char)) this.#scanner.char(each, true);
    return char !== undefined;
  }
}
